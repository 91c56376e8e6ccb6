import { type Option } from "commander";
import { createFlags } from "../create-flags.ts";

export function createMixOptions(): Option[] {
  return createFlags("Mixed runs:", [
    [
      "--mix <part>",
      'one workload of several: its weight among the turns, its kind, a path where it needs one, and its own flags: "70 embeddings --batch 8", "1 health=http /health" (named); repeatable',
      "repeatable",
    ],
  ]);
}
