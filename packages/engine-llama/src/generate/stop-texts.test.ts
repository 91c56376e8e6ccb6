import { expect, test } from "vitest";
import { createStopTexts } from "./stop-texts.ts";

/** What is shown of a text that comes in the given pieces, and which stop text ended it. */
function show(stops: readonly string[], pieces: readonly string[]): readonly [string, number | undefined] {
  const finder = createStopTexts(stops);
  let shown = "";
  for (const piece of pieces) {
    const cut = finder.push(piece);
    shown += cut.text;
    if (cut.stop !== undefined) return [shown, cut.stop];
  }
  return [shown + finder.end(), undefined];
}

test("a stop text is found however the text is cut", () => {
  const text = "one STO STOP two";
  for (let first = 0; first <= text.length; first += 1)
    for (let second = first; second <= text.length; second += 1) {
      const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
      expect(show(["END", "STOP"], pieces)).toEqual(["one STO ", 1]);
    }
  expect(show(["STOP"], Array.from(text))).toEqual(["one STO ", 0]);
});

test("what only begins like a stop text is shown as soon as it cannot be one, or at the end", () => {
  const finder = createStopTexts(["abc"]);
  expect(finder.push("xab")).toEqual({ text: "x", stop: undefined });
  expect(finder.push("d")).toEqual({ text: "abd", stop: undefined });
  expect(finder.push("ab")).toEqual({ text: "", stop: undefined });
  expect(finder.end()).toBe("ab");
});

test("of several the one that begins first counts, and of those the longest", () => {
  expect(show(["b", "abc", "ab"], ["xabc"])).toEqual(["x", 1]);
  expect(show(["", "z"], ["text"])).toEqual(["text", undefined]);
});
