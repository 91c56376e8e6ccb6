import { expect, test } from "vitest";
import { planStep, type PlannedAnswer } from "./plan-step.ts";

const chunk = 256;

function prompt(promptLeft: number, position = 0, rank = 0): PlannedAnswer {
  return { rank, position, promptLeft };
}

function decoding(rank = 0): PlannedAnswer {
  return { rank, position: 40, promptLeft: 0 };
}

test("nothing to do is no step", () => {
  expect(planStep([], 0, chunk)).toBeUndefined();
});

test("prompts are cut at fixed places of their sequence, wherever reading begins", () => {
  expect(planStep([prompt(1000)], 0, chunk)).toEqual({ kind: "prompt", index: 0, count: 256 });
  expect(planStep([prompt(1000, 100)], 0, chunk)).toEqual({ kind: "prompt", index: 0, count: 156 });
  expect(planStep([prompt(20, 500)], 0, chunk)).toEqual({ kind: "prompt", index: 0, count: 12 });
  expect(planStep([prompt(8, 512)], 0, chunk)).toEqual({ kind: "prompt", index: 0, count: 8 });
});

test("of prompts the best rank is read first, and of those the one that came first", () => {
  expect(planStep([prompt(9, 0, 2), prompt(9, 0, 1), prompt(9, 0, 1)], 0, chunk)).toMatchObject({ index: 1 });
});

test("all that generate share a step", () => {
  expect(planStep([decoding(), decoding(3)], 0, chunk)).toEqual({ kind: "decode", indexes: [0, 1] });
});

test("between the parts of a prompt answers go on by rank", () => {
  const kinds = (promptRank: number): readonly (string | undefined)[] =>
    [0, 1, 2].map((since) => planStep([decoding(1), prompt(900, 0, promptRank)], since, chunk)?.kind);
  expect(kinds(0)).toEqual(["prompt", "prompt", "prompt"]);
  expect(kinds(1)).toEqual(["decode", "prompt", "prompt"]);
  expect(kinds(2)).toEqual(["decode", "decode", "prompt"]);
});
