import { describe, expect, it } from "vitest";
import { measureCost } from "./grammar-cost.ts";
import { literalChoice } from "./literal-choice.ts";
import { repeat, charClass, sequence, type GrammarNode } from "./grammar-node.ts";

function textsOf(node: GrammarNode): string[] {
  switch (node.kind) {
    case "text":
      return [node.text];
    case "choice":
      return node.options.flatMap(textsOf);
    case "sequence":
      return node.items.map(textsOf).reduce((heads, tails) => heads.flatMap((h) => tails.map((t) => h + t)));
    case "shared":
      return textsOf(node.body);
    default:
      throw new Error(`no ${node.kind} here`);
  }
}

describe("literalChoice", () => {
  it("allows the texts it is given and nothing else", () => {
    const texts = ["b", "abc", "", "ab", "abd", "🦀a", "🦀", "🦁", "\ud83e", "xyz", "xyza", "xyzab", "ab"];
    const node = literalChoice(texts);
    expect(textsOf(node).toSorted()).toEqual([...new Set(texts)].toSorted());
  });

  it("writes what thousands begin with once, so that few ways are open at a time", () => {
    const texts = Array.from({ length: 5_000 }, (_, index) => `value number ${index}`);
    const node = literalChoice(texts);
    expect(textsOf(node)).toHaveLength(5_000);
    const { ways, parts } = measureCost(node);
    expect(ways).toBeLessThanOrEqual(11);
    expect(parts).toBeLessThan(20_000);
  });

  it("stays shallow where each text is the beginning of the next", () => {
    const texts = Array.from({ length: 300 }, (_, index) => "a".repeat(index));
    expect(textsOf(literalChoice(texts)).toSorted()).toEqual(texts);
  });
});

describe("measureCost", () => {
  it("counts what may be left out as another way to go on", () => {
    const maybe = repeat(charClass("a"), 0, 1);
    expect(measureCost(sequence(maybe, maybe, charClass("b"), maybe)).ways).toBe(3);
    expect(measureCost(repeat(repeat(maybe, 0, 30), 0, 30)).ways).toBe(900);
  });

  it("knows what long repetitions take without writing them", () => {
    expect(measureCost(repeat(charClass("a"), 1e9, 1e9)).parts).toBeGreaterThan(1e7);
    expect(measureCost(repeat(charClass("a"), 0, 100_000)).parts).toBeLessThan(2_000);
  });
});
