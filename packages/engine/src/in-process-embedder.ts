import type { EmbeddingRequest, EmbeddingResult } from "@weir/protocol";
import { WeirError } from "@weir/protocol";
import type { EmbeddingEngineModule, EmbeddingModelInfo, EmbeddingModelSpec } from "./embedding-engine.ts";
import { cutBatches, scatterVectors, type BatchBudget } from "./plan-batches.ts";
import { resolveEmbedding } from "./resolve-embedding.ts";

/** What to embed; whatever is left out is the model's own, with vectors of length 1 and long inputs cut. */
export type InProcessEmbedRequest = Pick<EmbeddingRequest, "inputs"> &
  Partial<Omit<EmbeddingRequest, "inputs" | "model">>;

export interface InProcessEmbedder extends AsyncDisposable {
  readonly info: EmbeddingModelInfo;
  /**
   * One vector per input, in order. Holds this thread while a batch computes; `signal` is looked at between batches.
   * Throws what the engine's two halves throw, and CANCELLED.
   */
  embed(
    request: InProcessEmbedRequest,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Omit<EmbeddingResult, "model">>;
}

/**
 * Puts the two halves of an engine together on the calling thread: for programs that want vectors without a server,
 * for tests and benches. A program that must stay responsive should use the server's replicas instead.
 */
export async function createInProcessEmbedder(
  engine: EmbeddingEngineModule,
  spec: EmbeddingModelSpec,
  budget: BatchBudget = {},
): Promise<InProcessEmbedder> {
  const preparer = await engine.createEmbeddingPreparer(spec);
  const computer = await engine.createEmbeddingComputer(spec);
  return {
    info: computer.info,
    async embed(request, { signal } = {}) {
      const how = resolveEmbedding(request, computer.info);
      const prepared = preparer.prepare(request.inputs, {
        truncate: request.truncate ?? true,
        promptName: request.promptName,
      });
      const count = prepared.lengths.length;
      const values = new Float32Array(count * how.dimensions);
      const { skippedTokens = 0 } = prepared;
      for (const batch of cutBatches(prepared, budget)) {
        if (signal?.aborted === true) {
          throw new WeirError("CANCELLED", "the caller cancelled", { cause: signal.reason });
        }
        const vectors = await computer.compute({ ...batch, ...how, skippedTokens });
        scatterVectors(vectors, batch.rows, values);
      }
      return {
        vectors: { count, dimensions: how.dimensions, values },
        inputTokens: prepared.tokenIds.length,
        truncated: prepared.truncated,
      };
    },
    [Symbol.asyncDispose]: () => computer[Symbol.asyncDispose](),
  };
}
