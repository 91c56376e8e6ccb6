import type { Option } from "commander";
import { createFlags } from "../create-flags.ts";

/** The flags of every workload that speaks a model's API, as they were written. */
export interface ModelFlags {
  readonly dialect?: string | undefined;
  readonly model?: string | undefined;
  readonly cache?: string | undefined;
}

export function createModelOptions(): Option[] {
  return createFlags("Model:", [
    [
      "--dialect <name>",
      "embeddings: openai, sidecar, tei or ollama; chat: openai, anthropic, ollama or ollama-generate (default: auto, which asks the server)",
    ],
    ["--model <name>", "model name sent to the server (default: the first it lists)"],
    [
      "--cache <kind>",
      "busted: every text and prompt is new to the server; warm: they repeat (default: busted)",
    ],
  ]);
}
