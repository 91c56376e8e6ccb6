import { WeirError, type ReceivedEmbeddings, type VectorBlock } from "@weir/protocol";
import { resolveClientOptions, type ClientOptions, type ResolvedClientOptions } from "./client-options.ts";
import { embedBatch } from "./embed-batch.ts";

export interface EmbedOptions {
  /** Ends the call, waits and requests included, with a CANCELLED error. */
  readonly signal?: AbortSignal;
}

export interface Embeddings {
  /** One row for each text, in their order. Normalised. For no texts a block of no rows. */
  readonly vectors: VectorBlock;
  /** The server's count over all requests; undefined where it gives none. */
  readonly inputTokens: number | undefined;
  /** How many texts the server says it cut; undefined where it does not say. */
  readonly truncated: number | undefined;
}

export interface Client {
  /**
   * Embeds any number of texts, in requests of `batchSize`. Throws a WeirError with the server's message; where one
   * request fails for good, the others of the call are cancelled.
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Embeddings>;
}

/** A client of any server with OpenAI's embeddings route. Throws USAGE with every wrong option. */
export function createClient(options: ClientOptions): Client {
  const resolved = resolveClientOptions(options);
  return {
    embed: (texts, { signal } = {}) => embedAll(texts, resolved, signal),
  };
}

async function embedAll(
  texts: readonly string[],
  options: ResolvedClientOptions,
  signal: AbortSignal | undefined,
): Promise<Embeddings> {
  const batches: (readonly string[])[] = [];
  for (let start = 0; start < texts.length; start += options.batchSize) {
    batches.push(texts.slice(start, start + options.batchSize));
  }
  const received: ReceivedEmbeddings[] = Array.from({ length: batches.length });
  // One failure ends the call, so what is still in flight has no use any more.
  const stop = new AbortController();
  const cancel = (): void => stop.abort(signal?.reason);
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < batches.length) {
      const index = next;
      next += 1;
      received[index] = await embedBatch(batches[index]!, options, stop.signal);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(options.concurrency, batches.length) }, work));
  } finally {
    signal?.removeEventListener("abort", cancel);
    stop.abort();
  }
  return joinBatches(received);
}

function joinBatches(batches: readonly ReceivedEmbeddings[]): Embeddings {
  const dimensions = batches[0]?.vectors.dimensions ?? 0;
  const count = sum(batches.map(({ vectors }) => vectors.count)) ?? 0;
  const values = new Float32Array(count * dimensions);
  let offset = 0;
  for (const { vectors } of batches) {
    if (vectors.dimensions !== dimensions) {
      const message = `expected vectors of ${dimensions} values as in the first answer, got ${vectors.dimensions}`;
      throw new WeirError("TARGET_ANSWER_INVALID", message);
    }
    values.set(vectors.values, offset);
    offset += vectors.values.length;
  }
  return {
    vectors: { count, dimensions, values },
    inputTokens: sum(batches.map(({ inputTokens }) => inputTokens)),
    truncated: sum(batches.map(({ truncated }) => truncated)),
  };
}

/** Undefined as soon as one part is: a partial sum would pass for the whole. */
function sum(parts: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    total += part;
  }
  return total;
}
