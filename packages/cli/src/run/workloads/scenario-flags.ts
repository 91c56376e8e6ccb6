import type { Option } from "commander";
import { createFlags } from "../create-flags.ts";

/** The flags of scenarios, as they were written. */
export interface ScenarioFlags {
  readonly scenario?: string | undefined;
}

export function createScenarioOptions(): Option[] {
  return createFlags("Scenarios:", [
    [
      "--scenario <file>",
      'what a user does, as a TypeScript file: export default defineScenario({ name, *user() { const answer = yield { path: "/" }; } }), from @weir/load',
    ],
  ]);
}
