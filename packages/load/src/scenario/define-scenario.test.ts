import { expect, it } from "vitest";
import { defineScenario, type ScenarioAnswer } from "./scenario.ts";

// What an editor says of a scenario is checked with the types of the tests: a line that should be refused and is not,
// or the other way round, is an error there.
it("gives a scenario as it is, with the types of answers and steps", () => {
  const scenario = {
    name: "typed",
    steps: ["one", "two"],
    *user({ index }: { readonly index: number }) {
      yield { step: "one", path: `/${index}` } as const;
    },
  } as const;
  expect(defineScenario(scenario)).toBe(scenario);

  defineScenario({
    name: "answers have their type",
    steps: ["one", "two"],
    *user({ random, env }) {
      const answer = yield { step: "one", path: `/${env["HOME"]}`, json: { random: random() } };
      const { status }: ScenarioAnswer = answer;
      if (status !== 200) throw new Error(answer.text());
      yield { step: "two", path: "/", stream: "openai" };
    },
  });
  defineScenario({
    name: "no steps",
    *user() {
      yield { path: "/" };
    },
  });
  defineScenario({
    name: "an unknown step",
    steps: ["one"],
    // @ts-expect-error -- only steps that are named
    *user() {
      yield { step: "two", path: "/" };
    },
  });
  defineScenario({
    name: "a step where there are none",
    // @ts-expect-error -- only steps that are named
    *user() {
      yield { step: "one", path: "/" };
    },
  });
  defineScenario({
    name: "no path",
    // @ts-expect-error -- every request has a path
    *user() {
      yield { json: 1 };
    },
  });
});
