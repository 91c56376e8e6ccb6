import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTextChunker, type ChunkOptions } from "./chunk-text.ts";

function chunk(text: string, options: ChunkOptions, pieces: string[] = [text]): string[] {
  const chunker = createTextChunker(options);
  return [...pieces.flatMap((piece) => [...chunker.push(piece)]), ...chunker.end()];
}

const options = fc
  .record({ chunkChars: fc.integer({ min: 1, max: 40 }), overlap: fc.nat({ max: 39 }) })
  .map(({ chunkChars, overlap }) => ({ chunkChars, overlapChars: Math.min(overlap, chunkChars - 1) }));
const text = fc
  .array(fc.constantFrom("river", "a", "weir", " ", "\n\n", "longestwordofall", "😀"))
  .map((words) => words.join(""));

describe("text chunker", () => {
  it("cuts between words", () => {
    expect(chunk("the river holds water", { chunkChars: 11, overlapChars: 0 })).toEqual([
      "the river",
      "holds water",
    ]);
  });

  it("repeats whole words where an overlap is asked for", () => {
    expect(chunk("one two three four", { chunkChars: 9, overlapChars: 5 })).toEqual([
      "one two",
      "two three",
      "four",
    ]);
  });

  it("cuts a word only where it is longer than a chunk, never a surrogate pair", () => {
    expect(chunk("abcdefgh", { chunkChars: 3, overlapChars: 0 })).toEqual(["abc", "def", "gh"]);
    expect(chunk("a😀b", { chunkChars: 2, overlapChars: 0 })).toEqual(["a", "😀", "b"]);
  });

  // Looking for a word once for every place where a chunk could end took a minute for this.
  it("gets through blanks", () => {
    const blanks = " ".repeat(1_000_000);
    expect(chunk(`a${blanks}b`, { chunkChars: 200_000, overlapChars: 0 })).toEqual(["a", "b"]);
    expect(chunk(`a${blanks}b`, { chunkChars: 20_000, overlapChars: 19_999 })).toEqual(["a", "b"]);
  });

  it("gives the same chunks however the text arrives", () => {
    fc.assert(
      fc.property(text, options, fc.nat(200), (whole, how, at) => {
        expect(chunk(whole, how, [whole.slice(0, at), whole.slice(at)])).toEqual(chunk(whole, how));
      }),
    );
  });

  it("keeps every character but white space, in chunks within the size", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 40 }), (whole, chunkChars) => {
        const chunks = chunk(whole, { chunkChars, overlapChars: 0 });
        expect(chunks.join("").replaceAll(/\s/g, "")).toBe(whole.replaceAll(/\s/g, ""));
        for (const part of chunks) expect(part.length).toBeLessThanOrEqual(chunkChars);
      }),
    );
  });

  it("always gets to the end", () => {
    fc.assert(
      fc.property(text, options, (whole, how) => {
        expect(chunk(whole, how).length).toBeLessThanOrEqual(whole.length + 1);
      }),
    );
  });
});
