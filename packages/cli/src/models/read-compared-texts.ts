import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { WeirError } from "@weir/protocol";

export interface ComparedTexts {
  /** Where they are from, for people. */
  readonly source: string;
  readonly texts: readonly string[];
  /** Different texts that were found; more than `texts` has where only some of them are compared. */
  readonly found: number;
}

/** How each kind of file is cut into texts. */
const readers: Readonly<Record<string, (content: string, path: string) => string[]>> = {
  ".txt": (content) => content.split("\n"),
  ".md": (content) => content.split(/\n[^\S\n]*\n/),
  ".jsonl": readJsonLines,
};

/** Every text meets every other, so more would take minutes; and say little more. */
const mostTexts = 2_000;
/** All files together: each text is kept until it is known how many there are. */
const mostBytes = 128 * 1024 * 1024;
/** Of fewer each is a tenth of the result. */
const leastTexts = 10;

/**
 * Reads texts to compare models with from a folder or a file: the lines of .txt files, the paragraphs of .md files, and of
 * .jsonl files a JSON text or the field `text` of an object in each line. Texts that are there twice count once, as they
 * would be each other's nearest. Of more than 2,000 it takes 2,000 at even distances. Throws
 * USAGE, also where the files are larger than 128 MiB together or are no text in UTF-8.
 */
export async function readComparedTexts(place: string): Promise<ComparedTexts> {
  const source = resolve(place);
  const different = new Set<string>();
  let bytes = 0;
  for (const path of await listFiles(source)) {
    bytes += (await stat(path)).size;
    if (bytes > mostBytes) {
      const message =
        `${source}: expected at most ${mostBytes / 2 ** 20} MiB of texts, got more. ` +
        `No more than ${mostTexts} of them are compared: name a part, such as what shuf -n ${mostTexts} takes of it.`;
      throw new WeirError("USAGE", message);
    }
    const content = await readText(path);
    for (const text of readers[extname(path).toLowerCase()]!(content, path)) {
      if (text.trim() !== "") different.add(text.trim());
    }
  }
  const found = different.size;
  if (found < leastTexts) {
    const message =
      `${source}: expected at least ${leastTexts} different texts (lines of .txt, paragraphs of .md, "text" of the lines ` +
      `of .jsonl), got ${found}. Add some, or leave --texts out for the built-in ones.`;
    throw new WeirError("USAGE", message);
  }
  const texts = [...different];
  const count = Math.min(found, mostTexts);
  return {
    source,
    texts: Array.from({ length: count }, (_, at) => texts[Math.floor((at * found) / count)]!),
    found,
  };
}

/** Without a mark at the start, with line ends of one kind. */
async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  let text: string | undefined;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Other encodings and files of other kinds.
  }
  if (text === undefined || text.includes("\0")) {
    const message = `${path}: expected text in UTF-8, got bytes that are none. Convert it (iconv -t utf-8), or take it away.`;
    throw new WeirError("USAGE", message);
  }
  return text.replaceAll("\r\n", "\n");
}

async function listFiles(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new WeirError("USAGE", `${path}: expected a folder or a file of texts, got nothing there.`);
  }
  if (!found.isDirectory()) {
    if (extname(path).toLowerCase() in readers) return [path];
    throw new WeirError("USAGE", `${path}: expected a .txt, .md or .jsonl file, or a folder of them.`);
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && extname(entry.name).toLowerCase() in readers)
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/[\\/](?:\.|node_modules[\\/])/.test(file.slice(path.length)))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

function readJsonLines(content: string, path: string): string[] {
  return content.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const value = parseLine(line);
    const text = typeof value === "object" && value !== null ? (value as { text?: unknown }).text : value;
    if (typeof text === "string") return text;
    const got = value === undefined ? "no JSON" : JSON.stringify(value).slice(0, 60);
    const message = `${path}, line ${index + 1}: expected a JSON text or an object with a text in "text", got ${got}.`;
    throw new WeirError("USAGE", message);
  });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
