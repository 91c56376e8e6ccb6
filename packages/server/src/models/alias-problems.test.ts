import { expect, it } from "vitest";
import { describeAliasProblems } from "./alias-problems.ts";

it("finds the aliases that stand for no model, over several steps and with or without :latest", () => {
  const aliases = { a: "mini", b: "a:latest", c: "nope", d: "c", mini: "nope" };
  expect(describeAliasProblems(aliases, ["mini:latest", "large"])).toEqual([
    '--alias: expected NAME=MODEL with a model that is served (mini:latest, large), got "c=nope".',
    '--alias: expected NAME=MODEL with a model that is served (mini:latest, large), got "d=c".',
    '--alias: expected NAME=MODEL with a model that is served (mini:latest, large), got "mini=nope".',
  ]);
});

it("finds each circle once, also where the models are not known", () => {
  const aliases = { into: "b", a: "b", b: "c", c: "a", x: "x", y: "later" };
  expect(describeAliasProblems(aliases)).toEqual([
    "--alias: expected names that in the end stand for a model, got the circle b -> c -> a -> b. Let one of them stand for a model that is served, or leave them out.",
    "--alias: expected names that in the end stand for a model, got the circle x -> x. Let it stand for a model that is served, or leave it out.",
  ]);
  expect(describeAliasProblems({ x: "x" }, ["mini", "large"])).toEqual([
    expect.stringContaining("a model that is served (mini, large), or leave it out."),
  ]);
});
