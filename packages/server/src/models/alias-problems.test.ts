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

it("finds circles, also where the models are not known", () => {
  expect(describeAliasProblems({ a: "b", b: "a", c: "later" })).toEqual([
    "--alias: a -> b -> a goes in a circle",
    "--alias: b -> a -> b goes in a circle",
  ]);
});
