import { describe, expect, it } from "vitest";
import { cutLongestFirst, prepareSequences, type PrepareSequencesOptions } from "./prepare-sequences.ts";

const options: PrepareSequencesOptions = {
  truncate: true,
  maxTokens: 8,
  prefix: [101],
  suffix: [102],
  pair: { prefix: [101], middle: [102], suffix: [102], firstOfMiddle: 1 },
  encode: (text) => text.split(" ").filter(Boolean).map(Number),
};

describe("prepareSequences", () => {
  it("puts texts and pairs together, and counts what is of the first segment", () => {
    const prepared = prepareSequences({ kind: "sequences", sequences: [["1 2"], ["1 2", "3"]] }, options);
    expect(prepared.rows).toEqual([
      [101, 1, 2, 102],
      [101, 1, 2, 102, 3, 102],
    ]);
    expect([...prepared.firstLengths]).toEqual([4, 4]);
    expect(prepared.truncatedRows).toEqual([]);
  });

  it("keeps both texts of one type where the tokenizer does", () => {
    const pair = { prefix: [0], middle: [2, 2], suffix: [2], firstOfMiddle: undefined };
    const prepared = prepareSequences({ kind: "sequences", sequences: [["7", "8"]] }, { ...options, pair });
    expect(prepared.rows).toEqual([[0, 7, 2, 2, 8, 2]]);
    expect([...prepared.firstLengths]).toEqual([6]);
  });

  it("cuts the longer text first, or refuses", () => {
    const inputs = { kind: "sequences", sequences: [["1", "2 3 4 5 6 7"]] } as const;
    const { rows, truncatedRows } = prepareSequences(inputs, options);
    expect(rows).toEqual([[101, 1, 102, 2, 3, 4, 5, 102]]);
    expect(truncatedRows).toEqual([0]);
    expect(() => prepareSequences(inputs, { ...options, truncate: false })).toThrow(/more than the 8 tokens/);
  });

  it("refuses pairs where the tokenizer has none", () => {
    const inputs = { kind: "sequences", sequences: [["1", "2"]] } as const;
    expect(() => prepareSequences(inputs, { ...options, pair: undefined })).toThrow(/no pairs/);
  });
});

// What `truncate_encodings` with LongestFirst of the tokenizers crate gives.
it.each([
  [3, 4, 10, [3, 4]],
  [2, 20, 10, [2, 8]],
  [20, 2, 10, [8, 2]],
  [20, 20, 10, [5, 5]],
  [20, 21, 11, [5, 6]],
  [21, 20, 11, [6, 5]],
  [6, 7, 10, [5, 5]],
  [5, 5, 0, [0, 0]],
])("of %i and %i tokens, %i are kept as %j", (first, second, most, kept) => {
  expect(cutLongestFirst(first, second, most)).toEqual(kept);
});
