import { resolveEmbedding, type EmbeddingModelInfo } from "@weir/engine";
import { countInputs, WeirError, type ModelRequest, type ModelVectors } from "@weir/protocol";
import { encodeInputs, scatterRows } from "../link/embedding-frames.ts";
import {
  fromErrorMeta,
  type CreditMeta,
  type EmbeddingEndMeta,
  type EmbeddingEventMeta,
  type EmbeddingJobMeta,
  type ErrorMeta,
} from "../link/link-messages.ts";
import { collectTokenRows, joinTokenRows } from "../link/token-frames.ts";
import { createDeferred } from "./deferred.ts";
import type { LinkJobs, SendFrame } from "./replica-kind.ts";

export interface ReplicaEmbeddings extends EmbeddingEndMeta {
  readonly vectors: ModelVectors;
  /** What the tokenizer gave, as JSON, where it alone was asked; there are no vectors then. */
  readonly tokens?: Uint8Array;
}

export interface ReplicaJobOptions {
  /** Where the vectors go: rows x dimensions numbers. @default an array of their own */
  readonly target?: Float32Array;
  /** Jobs of a lower number go first in the replica. @default 0 */
  readonly rank?: number;
}

/** The parent's side of the jobs on one link. */
export interface ReplicaJobs extends LinkJobs {
  embed(
    request: ModelRequest,
    model: EmbeddingModelInfo,
    signal: AbortSignal,
    options?: ReplicaJobOptions,
  ): Promise<ReplicaEmbeddings>;
}

interface JobHandlers {
  onEvent(meta: EmbeddingEventMeta, body: Uint8Array): void;
  onEnd(meta: EmbeddingEndMeta): void;
  onError(error: unknown): void;
}

/** Vectors of one job that may wait on the pipe. They are taken as soon as they come, so this only bounds a burst. */
const creditBytes = 16 * 1024 * 1024;

export function createReplicaJobs(send: SendFrame): ReplicaJobs {
  const jobs = new Map<number, JobHandlers>();
  let nextJobId = 1;
  let failure: WeirError | undefined;

  async function embed(
    request: ModelRequest,
    model: EmbeddingModelInfo,
    signal: AbortSignal,
    { target, rank = 0 }: ReplicaJobOptions = {},
  ): Promise<ReplicaEmbeddings> {
    if (failure !== undefined) throw failure;
    throwIfCancelled(signal);
    const count = countInputs(request.inputs);
    const how = resolveEmbedding(request, model);
    const { dimensions } = how;
    const { tokenWork } = request;
    let tokens: Uint8Array | undefined;
    const isPooled = how.pooling !== "none";
    const tokenRows: Float32Array[] = [];
    // Vectors of tokens may be longer than the model's own: what makes those shorter comes after the pooling.
    let tokenDimensions = dimensions;
    const values = target ?? new Float32Array(isPooled && tokenWork === undefined ? count * dimensions : 0);
    const jobId = nextJobId++;
    const done = createDeferred<ReplicaEmbeddings>();
    let wanted = true;
    // The engine may be at it: the job is over when the replica says so, and only then is there room for another.
    const onAbort = (): void => {
      wanted = false;
      send("cancel", jobId);
    };
    jobs.set(jobId, {
      onEvent(meta, body) {
        if (!wanted) return;
        if (tokenWork !== undefined) tokens = body;
        else if (isPooled) scatterRows(body, meta.dimensions, values);
        else collectTokenRows(body, (tokenDimensions = meta.dimensions), tokenRows);
        const credit: CreditMeta = { bytes: body.length };
        send("credit", jobId, credit);
      },
      onEnd: (end) => {
        const vectors = isPooled ? { count, dimensions, values } : joinTokenRows(tokenRows, tokenDimensions);
        done.resolve({ vectors, ...end, ...(tokens === undefined ? {} : { tokens }) });
      },
      onError: (error) => done.reject(error),
    });
    signal.addEventListener("abort", onAbort, { once: true });
    const meta: EmbeddingJobMeta = {
      kind: "embed",
      ...how,
      truncate: request.truncate,
      ...(request.promptName === undefined ? {} : { promptName: request.promptName }),
      inputs: request.inputs.kind,
      rank,
      ...(tokenWork === undefined ? {} : { tokenWork }),
      creditBytes,
    };
    try {
      send("job", jobId, meta, encodeInputs(request.inputs));
      const result = await done.promise;
      // It was done before the replica had heard that nobody wants it.
      throwIfCancelled(signal);
      return result;
    } finally {
      jobs.delete(jobId);
      signal.removeEventListener("abort", onAbort);
    }
  }

  return {
    embed,
    receive(frame) {
      // The replica is told nothing of jobs that it has answered, so that answers may cross a cancel: they are dropped.
      const job = jobs.get(frame.jobId);
      if (job === undefined) return;
      if (frame.kind === "event") job.onEvent(frame.meta as EmbeddingEventMeta, frame.body);
      else if (frame.kind === "end") job.onEnd(frame.meta as EmbeddingEndMeta);
      else if (frame.kind === "error") job.onError(fromErrorMeta(frame.meta as ErrorMeta));
    },
    fail: (jobId, error) => jobs.get(jobId)?.onError(error),
    failAll(error) {
      failure ??= error;
      for (const job of jobs.values()) job.onError(failure);
      jobs.clear();
    },
  };
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

function cancelled(): WeirError {
  return new WeirError("CANCELLED", "the client closed the connection before the answer was ready");
}
