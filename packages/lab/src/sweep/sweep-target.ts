import type { EmbeddingDialectName } from "@weir/protocol";
import { createProbeTarget } from "../probe/probe-target.ts";
import { identifyTarget, type Identified } from "../run/identify-target.ts";
import type { RunRequest, RunTarget, SingleWorkloadRequest } from "../run/run-request.ts";
import type { SweepRequest, SweepSource } from "./sweep-request.ts";
import { VectorWatch } from "./vector-watch.ts";

/** A run of a sweep, but for what it sends and for how long. */
export function toRunRequest(
  request: SweepRequest,
  workload: SingleWorkloadRequest,
  outDirectory: string,
): Omit<RunRequest, "users" | "requests" | "durationMs" | "name"> {
  const { url, headers, timeoutMs, connection, workers, seed } = request;
  return {
    url,
    workload,
    headers,
    timeoutMs,
    connection,
    workers,
    seed,
    outDirectory,
    warmupMs: 0,
    limits: [],
  };
}

/** Asks once what is open, so that no visit has to. */
export async function identifySweepTarget(
  request: SweepRequest,
  workload: SingleWorkloadRequest,
  signal: AbortSignal | undefined,
): Promise<Identified> {
  const open = { users: 1, requests: 1, durationMs: undefined, name: undefined };
  return await identifyTarget({ ...toRunRequest(request, workload, request.outDirectory), ...open }, signal);
}

/** The source with what was found out. */
export function withTarget(source: SweepSource, { dialect, model }: RunTarget): SweepSource {
  if (source.kind === "upload" || dialect === undefined) return source;
  return { ...source, dialect, model } as SweepSource;
}

/** Undefined where there are no vectors. */
export function createVectorWatch(
  { url, headers, timeoutMs, connection }: SweepRequest,
  source: SweepSource,
  signal: AbortSignal | undefined,
): VectorWatch | undefined {
  if (source.kind !== "embeddings") return undefined;
  const options = { headers, timeoutMs, connection, ...(signal !== undefined && { signal }) };
  return new VectorWatch(url, source.dialect as EmbeddingDialectName, source.model, options);
}

const isThereMs = 5_000;

/** Whether anything answers at the target. Throws CANCELLED where the signal aborts. */
export async function isThere(
  { url, headers, connection }: SweepRequest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const options = { headers, connection, timeoutMs: isThereMs, ...(signal !== undefined && { signal }) };
  const answer = await createProbeTarget(url, options).get("/");
  return answer.kind === "answered";
}
