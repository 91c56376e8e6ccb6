import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { WeirError } from "@weir/protocol";
import { splitText } from "./split-text.ts";
import type { TextSet } from "./text-set.ts";

const endings: ReadonlySet<string> = new Set([".md", ".markdown", ".mdx", ".txt", ".text", ".rst", ".adoc"]);
/** Enough for any run; a folder with more is read up to here. */
const mostCharacters = 32 * 1024 * 1024;

/**
 * Reads the Markdown and text files below a folder, in the order of their paths, and cuts them into pieces of about
 * `characters`. Folders whose names begin with a dot, and node_modules, are left out. Throws USAGE where there is no
 * such folder or no text in it.
 */
export async function readTexts(
  directory: string,
  options: { readonly characters: number },
): Promise<TextSet> {
  const source = path.resolve(directory);
  const files = await listFiles(source);
  if (files.length === 0)
    throw new WeirError(
      "USAGE",
      `the folder of texts must hold Markdown or text files (${[...endings].join(" ")}), found none in ${source}. Choose another folder, or leave --texts out for the built-in ones.`,
    );
  const contents: string[] = [];
  let total = 0;
  for (const file of files) {
    const content = toPlainLines(await readFile(file, "utf8"));
    // A file with NUL bytes only pretends to be text.
    if (content.trim() === "" || content.includes("\0")) continue;
    contents.push(content);
    total += content.length;
    if (total > mostCharacters) break;
  }
  const texts = splitText(contents.join("\n\n"), options.characters);
  if (texts.length === 0)
    throw new WeirError(
      "USAGE",
      `the ${files.length} text files in ${source} are all empty. Choose another folder.`,
    );
  return { source, texts };
}

async function listFiles(directory: string): Promise<string[]> {
  const found = await stat(directory).catch((error: unknown) => {
    throw new WeirError("USAGE", `there is no folder of texts at ${directory}. Name one that exists.`, {
      cause: error,
    });
  });
  if (!found.isDirectory())
    throw new WeirError(
      "USAGE",
      `--texts must be a folder, ${directory} is a file. Name the folder that holds it.`,
    );
  return await walk(directory);
}

async function walk(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files: string[] = [];
  // Sorted by code unit: the same folder gives the same texts on every machine.
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const whole = path.join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".") && entry.name !== "node_modules") files.push(...(await walk(whole)));
    } else if (entry.isFile() && endings.has(path.extname(entry.name).toLowerCase())) files.push(whole);
  }
  return files;
}

function toPlainLines(content: string): string {
  return content.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}
