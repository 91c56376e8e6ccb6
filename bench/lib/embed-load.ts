import { runLoad } from "@weir/load";
import {
  embeddingDialects,
  type EmbeddingDialectName,
  type VectorBlock,
  type VectorEncoding,
} from "@weir/protocol";
import { createSchedule } from "@weir/stats";

/** A server under load, and how it is spoken to. */
export interface EmbedTarget {
  readonly url: string;
  readonly dialect: EmbeddingDialectName;
  readonly encoding: VectorEncoding;
  /** The name sent where the dialect has a field for it. @default model */
  readonly model?: string;
}

/** Users who each send, wait for the answer, and send again, until so many requests are answered. */
export interface EmbedTask {
  /** At least as many as there are inputs, so that no text comes twice. */
  readonly texts: readonly string[];
  readonly batch: number;
  readonly users: number;
  readonly requests: number;
}

export interface EmbedSpeed {
  /** From the first request's sending to the last one's answer. */
  readonly textsPerSecond: number;
  readonly p50Ms: number;
  /** Of the generator: 1 is one core busy all the time. */
  readonly generatorCores: number;
}

const transport = { headers: {}, connectTimeoutMs: 10_000, timeoutMs: 600_000 };

/** The same requests in the same order for every target. Throws where one of them failed. */
export async function runEmbedLoad(target: EmbedTarget, task: EmbedTask): Promise<EmbedSpeed> {
  const { counts, window, latencyMs, generator } = await runLoad({
    url: target.url,
    workload: {
      kind: "embeddings",
      dialect: target.dialect,
      model: target.model ?? "model",
      texts: task.texts,
      batch: task.batch,
      encoding: target.encoding,
      cache: { kind: "warm" },
    },
    schedule: createSchedule({
      seed: 1,
      segments: [{ kind: "users", from: task.users, to: task.users, durationMs: null }],
    }),
    stop: { durationMs: undefined, requests: task.requests },
    warmupMs: 0,
    transport,
  });
  if (counts.failed.total > 0 || counts.completed < task.requests) {
    throw new Error(
      `${target.url}: ${counts.completed} of ${task.requests} answered, ${JSON.stringify(counts.failed)}`,
    );
  }
  return {
    textsPerSecond: (counts.completed * task.batch * 1_000) / (window.endMs - window.startMs),
    p50Ms: latencyMs.service.p50 ?? Number.NaN,
    generatorCores: generator.cpu.cores,
  };
}

/** One request's vectors, of length 1. */
export async function embedOnce(target: EmbedTarget, texts: readonly string[]): Promise<VectorBlock> {
  const dialect = embeddingDialects[target.dialect];
  const body = dialect.encodeRequest(
    {
      model: target.model ?? "model",
      inputs: { kind: "texts", texts },
      normalize: true,
      pooling: undefined,
      dimensions: undefined,
      truncate: true,
    },
    target.encoding,
  );
  const response = await fetch(target.url + dialect.path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: Buffer.from(body),
  });
  const answer = new Uint8Array(await response.arrayBuffer());
  if (!response.ok)
    throw new Error(`${target.url} answered ${response.status}: ${dialect.parseError(answer)}`);
  return dialect.parseResponse(answer).vectors;
}

/** The least cosine between the rows of two blocks of vectors. */
export function leastCosine(a: VectorBlock, b: VectorBlock): number {
  if (a.count !== b.count || a.dimensions !== b.dimensions) {
    throw new Error(
      `${a.count} x ${a.dimensions} vectors cannot be held against ${b.count} x ${b.dimensions}`,
    );
  }
  let least = 1;
  for (let start = 0; start < a.values.length; start += a.dimensions) {
    let [dot, lengthA, lengthB] = [0, 0, 0];
    for (let at = start; at < start + a.dimensions; at++) {
      dot += a.values[at]! * b.values[at]!;
      lengthA += a.values[at]! ** 2;
      lengthB += b.values[at]! ** 2;
    }
    least = Math.min(least, dot / Math.sqrt(lengthA * lengthB));
  }
  return least;
}
