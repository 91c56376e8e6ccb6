import { basename } from "node:path";
import type { ChatModelSpec } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { loadDraftModel, type LoadedLlama } from "../llama/load-llama.ts";
import { createDraft } from "./draft.ts";
import type { Guesser } from "./guesser.ts";
import { createLookupGuesser } from "./lookup.ts";

/** How answers of a model are guessed ahead. */
export interface Speculation extends AsyncDisposable {
  /** Undefined where nothing is guessed. */
  createGuesser(sequence: number, prompt: Uint32Array, signal: AbortSignal): Guesser | undefined;
}

/** Throws USAGE where the model cannot take guesses back or the other model's tokens are not its own, and MODEL_INVALID. */
export async function openSpeculation(
  speculate: ChatModelSpec["speculate"],
  loaded: LoadedLlama,
  signal: AbortSignal,
): Promise<Speculation> {
  if (speculate === undefined)
    return { createGuesser: () => undefined, [Symbol.asyncDispose]: async () => undefined };
  if (loaded.runtime.parts.keepsRunningState(loaded.file.architecture))
    throw usage(
      "expected a model that can take tokens back, got one that keeps a running state. Leave --speculate out.",
    );
  if (speculate === "lookup")
    return {
      createGuesser: (_, prompt) => createLookupGuesser(prompt),
      [Symbol.asyncDispose]: async () => undefined,
    };
  const draft = await loadDraftModel(speculate, loaded, signal);
  try {
    loaded.native.context.ensureDraftContextIsCompatibleForSpeculative(draft.native.context);
  } catch (error) {
    await draft[Symbol.asyncDispose]();
    const reason = error instanceof Error ? error.message : String(error);
    throw usage(
      `expected a draft model with the tokens of the model that answers, but ${basename(speculate)} has others (${reason}).`,
      error,
    );
  }
  const guessing = createDraft(draft.native, loaded.sequences, loaded.chunkTokens);
  return {
    createGuesser: (sequence, prompt, answerSignal) => guessing.createGuesser(sequence, prompt, answerSignal),
    [Symbol.asyncDispose]: async () => draft[Symbol.asyncDispose](),
  };
}

function usage(message: string, cause?: unknown): WeirError {
  return new WeirError("USAGE", `--speculate: ${message}`, { field: "--speculate", cause });
}
