import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBuiltInTexts } from "./built-in-texts.ts";
import { readTexts } from "./read-texts.ts";
import { splitText } from "./split-text.ts";

describe("splitText", () => {
  it("cuts at paragraphs, then sentences, then words", () => {
    expect(splitText("one two three.\n\nfour five six seven eight nine ten", 17)).toEqual([
      "one two three.",
      "four five six",
      "seven eight nine",
    ]);
    expect(splitText("It is so. And it is thus. And more than that there is.", 30)).toEqual([
      "It is so. And it is thus.",
      "And more than that there is.",
    ]);
  });

  it("cuts a word that is longer than a piece, but no character", () => {
    expect(splitText("aaaaaaaaaa", 4)).toEqual(["aaaa", "aaaa", "aa"]);
    expect(splitText("a😀😀😀b", 4)).toEqual(["a😀", "😀😀"]);
  });

  it("loses no word in the middle, and no piece is longer than asked", () => {
    const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom("a", "b", "ß", ".", "-") });
    const text = fc
      .array(fc.tuple(word, fc.constantFrom(" ", "\n", "\n\n", "  ")), { maxLength: 120 })
      .map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(text, fc.integer({ min: 20, max: 200 }), (given, characters) => {
        const pieces = splitText(given, characters);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(characters);
        const words = given.split(/\s+/).filter((one) => one !== "");
        const kept = pieces.flatMap((piece) => piece.split(/\s+/)).filter((one) => one !== "");
        // All but a short last piece comes back, in order.
        expect(words.slice(0, kept.length)).toEqual(kept);
        expect(words.slice(kept.length).join(" ").length).toBeLessThan(characters / 2);
      }),
    );
  });

  it("finds nothing in nothing", () => {
    expect(splitText(" \n\n ", 100)).toEqual([]);
  });
});

describe("createBuiltInTexts", () => {
  it.each([1, 100, 1000, 10_000])("makes different texts of about %i characters", (characters) => {
    const { texts } = createBuiltInTexts({ characters });
    for (const text of texts) {
      expect(text.length).toBeLessThanOrEqual(characters);
      expect(text.length).toBeGreaterThanOrEqual(Math.min(characters * 0.75, characters - 12));
    }
    expect(new Set(texts).size).toBe(
      characters === 1 ? new Set(texts.map((text) => text[0])).size : texts.length,
    );
  });
});

describe("readTexts", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-texts-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("reads Markdown and text files below the folder, in the order of their paths", async () => {
    await mkdir(path.join(folder, "b", ".git"), { recursive: true });
    await mkdir(path.join(folder, "node_modules"));
    await writeFile(path.join(folder, "c.md"), "\uFEFFthird\r\nline");
    await writeFile(path.join(folder, "a.TXT"), "first");
    await writeFile(path.join(folder, "b", "x.markdown"), "second");
    await writeFile(path.join(folder, "b", ".git", "x.md"), "hidden");
    await writeFile(path.join(folder, "node_modules", "x.md"), "foreign");
    await writeFile(path.join(folder, "d.md"), "binary\0");
    await writeFile(path.join(folder, "e.png"), "picture");
    await writeFile(path.join(folder, "f.md"), "  \n");
    expect(await readTexts(folder, { characters: 1000 })).toEqual({
      source: folder,
      texts: ["first\n\nsecond\n\nthird\nline"],
    });
  });

  it("says what is wrong with a folder: not there, a file, without texts, with empty ones", async () => {
    const read = async (name: string): Promise<unknown> =>
      await readTexts(path.join(folder, name), { characters: 10 });
    await expect(read("none")).rejects.toThrow(/there is no folder of texts at .*none/);
    await expect(read("")).rejects.toThrow(/must hold Markdown or text files \(\.md .*found none/);
    await writeFile(path.join(folder, "empty.md"), "\n");
    await expect(read("")).rejects.toThrow("the 1 text files in");
    await expect(read("empty.md")).rejects.toThrow("is a file");
  });
});
