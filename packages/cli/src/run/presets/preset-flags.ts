import { Option } from "commander";
import { createFlags } from "../create-flags.ts";

export function createPresetOptions(): Option[] {
  return [
    ...createFlags("Presets:", [
      ["--preset <name>", "a run with a name; flags beside it change what it says (see --list-presets)"],
    ]),
    new Option("--list-presets", "print the presets, each with its origin and its shape").helpGroup(
      "Presets:",
    ),
  ];
}
