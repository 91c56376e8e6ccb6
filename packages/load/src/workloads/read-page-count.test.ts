import { expect, it } from "vitest";
import { readPageCount } from "./read-page-count.ts";

const read = (text: string): number | undefined => readPageCount(new TextEncoder().encode(text));

it("finds the pages that an answer tells", () => {
  expect(read('{"pages": 3}')).toBe(3);
  expect(read('{"pages": [{"text": "a"}, {"text": "b"}]}')).toBe(2);
  expect(read('{"page_count": 7, "pages": [{}]}')).toBe(7);
  expect(read('{"pageCount": 0}')).toBe(0);
});

it("says nothing of other answers", () => {
  for (const text of [
    "",
    "%PDF-1.7",
    '{"pages": "many"}',
    '{"pages": -1}',
    '{"pages": 1.5}',
    '{"pages": 3',
    "[3]",
  ])
    expect(read(text)).toBeUndefined();
});
