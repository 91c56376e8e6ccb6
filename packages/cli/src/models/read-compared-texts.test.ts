import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readComparedTexts } from "./read-compared-texts.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, content: string) => writeFile(join(folder, name), content);
const count = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `text ${from + index}`);

describe("the texts of weir models compare", () => {
  it("are lines of .txt, paragraphs of .md and lines of .jsonl, each once", async () => {
    await write("a.txt", `\uFEFF${count(0, 6).join("\r\n")}\n\n  text 0  \n`);
    await write("b.md", "# Rivers\n\nOne paragraph\nof two lines.\n \nAnother.\n");
    await write("c.jsonl", '"a text"\n\n{"id": 1, "text": "text 1"}\n{"text": "the last"}\n');
    await write("d.json", "[]");
    await mkdir(join(folder, ".git"));
    await write(".git/e.txt", "hidden");
    const { texts, found, source } = await readComparedTexts(folder);
    expect(texts).toEqual([
      ...count(0, 6),
      "# Rivers",
      "One paragraph\nof two lines.",
      "Another.",
      "a text",
      "the last",
    ]);
    expect({ found, source }).toEqual({ found: 11, source: folder });
    expect(
      (await readComparedTexts(join(folder, "b.md")).catch((error: unknown) => error)) as Error,
    ).toHaveProperty("message", expect.stringMatching(/b\.md: expected at least 10 different texts.*got 3/));
  });

  it("are 2,000 at even distances where there are more", async () => {
    await write("many.txt", count(0, 5_000).join("\n"));
    const { texts, found } = await readComparedTexts(join(folder, "many.txt"));
    expect(found).toBe(5_000);
    expect(texts).toHaveLength(2_000);
    expect([texts[0], texts[1], texts.at(-1)]).toEqual(["text 0", "text 2", "text 4997"]);
  });

  it.each([
    ["nothing", /expected a folder or a file of texts, got nothing there/],
    ["a.csv", /expected a \.txt, \.md or \.jsonl file/],
    [
      "bad.jsonl",
      /bad\.jsonl, line 2: expected a JSON text or an object with a text in "text", got \{"body":"x"\}/,
    ],
    ["worse.jsonl", /line 1: .*got no JSON/],
    ["bytes.txt", /bytes\.txt: expected text in UTF-8, got bytes that are none/],
    ["zeros.md", /zeros\.md: expected text in UTF-8/],
    ["large.txt", /large\.txt: expected at most 128 MiB of texts, got more/],
  ])("are refused where they cannot be read: %s", async (name, message) => {
    await write("a.csv", "text");
    await write("bad.jsonl", '"one"\n{"body":"x"}\n');
    await write("worse.jsonl", "{");
    await writeFile(join(folder, "bytes.txt"), Buffer.from([0x41, 0xff, 0xfe, 0x0a, 0xc3]));
    await write("zeros.md", "one\0two");
    await write("large.txt", "");
    await truncate(join(folder, "large.txt"), 128 * 1024 * 1024 + 1);
    await expect(readComparedTexts(join(folder, name))).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(message) as unknown,
    });
  });
});
