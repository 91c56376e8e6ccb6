import type { ModelRegistry } from "../models/model-registry.ts";
import type { JobTerms, QueuedBackend } from "../models/queued-backend.ts";
import type { TextMeaning } from "./cached-chat.ts";

/** An answer is not kept waiting for longer than this to see whether it is known, in milliseconds. */
const mostMs = 2_000;

type Source = QueuedBackend["source"];

/**
 * Vectors of texts by the first embedding model that is served. Undefined where that is not there, asleep or busy. Rejects
 * with INPUT_TOO_LONG rather than leave out what a text ends with: texts that differ there alone would be the same.
 */
export function createLastTurnMeaning(
  registry: Pick<ModelRegistry, "models">,
): (text: string, terms: JobTerms, signal: AbortSignal) => Promise<TextMeaning | undefined> {
  const numbers = new WeakMap<object, number>();
  let count = 0;

  function toSpace({ source }: { readonly source: Source }): string {
    const backend = source.kind === "replicas" ? source.pool : source.remote;
    const number = numbers.get(backend) ?? ++count;
    numbers.set(backend, number);
    return `${number}.${source.kind === "replicas" ? source.pool.loads : 0}`;
  }

  return async (text, { key, class: jobClass, passedServers }, signal) => {
    const model = registry.models.find(({ kind }) => kind === "embed") as QueuedBackend | undefined;
    if (model === undefined || model.state.kind !== "ready" || model.isCrowded) return undefined;
    const space = toSpace(model);
    const { vectors } = await model.embed(
      {
        model: model.name,
        inputs: { kind: "texts", texts: [text] },
        normalize: true,
        pooling: undefined,
        dimensions: undefined,
        truncate: false,
      },
      {
        key,
        deadline: { kind: "whole", ms: mostMs },
        ...(jobClass === undefined ? {} : { class: jobClass }),
        ...(passedServers === undefined ? {} : { passedServers }),
      },
      signal,
    );
    // It may have been replaced meanwhile.
    return toSpace(model) === space ? { vector: vectors.values.slice(), space } : undefined;
  };
}
