import { WeirError } from "@weir/protocol";
import { detectChatDialect, findChatModel } from "../probe/detect-chat-dialect.ts";
import { detectEmbeddingDialect, findEmbeddingModel } from "../probe/detect-embedding-dialect.ts";
import type { ProbeOptions } from "../probe/probe-target.ts";
import { verdictExitCodes } from "../record/run-record.ts";
import type { RunRequest, RunTarget, WorkloadRequest } from "./run-request.ts";

const probeTimeoutMs = 10_000;
// A chat model may have to be read from disk before its first token.
const chatProbeTimeoutMs = 30_000;

export type Identified =
  | { readonly kind: "found"; readonly target: RunTarget }
  | { readonly kind: "not-started"; readonly message: string }
  | { readonly kind: "interrupted" };

/** Finds out what a request leaves open about its target: nothing is asked where nothing is open. */
export async function identifyTarget(
  request: RunRequest,
  signal: AbortSignal | undefined,
): Promise<Identified> {
  try {
    return { kind: "found", target: await ask(request, request.workload, signal) };
  } catch (error) {
    if (signal?.aborted === true) return { kind: "interrupted" };
    // A target that is away, or speaks nothing known, is a result: it gets its report like any other.
    if (error instanceof WeirError && error.exitCode === verdictExitCodes["not-measured"])
      return { kind: "not-started", message: error.message };
    throw error;
  }
}

async function ask(
  request: RunRequest,
  workload: WorkloadRequest,
  signal: AbortSignal | undefined,
): Promise<RunTarget> {
  const { url } = request;
  switch (workload.kind) {
    case "embeddings": {
      const { dialect, model } = workload;
      const options = toProbeOptions(request, model, probeTimeoutMs, signal);
      if (dialect === "auto") return await detectEmbeddingDialect(url, options);
      // The one that refuses requests without a model's name.
      if (dialect === "ollama" && model === undefined)
        return { dialect, ...(await findEmbeddingModel(url, dialect, options)) };
      return { dialect, model, evidence: [] };
    }
    case "chat": {
      const { dialect, model } = workload;
      const options = toProbeOptions(request, model, chatProbeTimeoutMs, signal);
      if (dialect === "auto") return await detectChatDialect(url, options);
      if (model === undefined) return await findChatModel(url, dialect, options);
      return { dialect, model, evidence: [] };
    }
    case "mixed": {
      const parts: RunTarget[] = [];
      // One after the other: a server is asked politely, and two parts may ask the same of it.
      for (const part of workload.parts) parts.push(await ask(request, part.workload, signal));
      const known = parts.find(({ dialect }) => dialect !== undefined);
      const evidence = [...new Set(parts.flatMap((part) => part.evidence))];
      return { dialect: known?.dialect, model: known?.model, evidence, parts };
    }
    default:
      return { dialect: undefined, model: undefined, evidence: [] };
  }
}

function toProbeOptions(
  { headers, timeoutMs, connection }: RunRequest,
  model: string | undefined,
  longestMs: number,
  signal: AbortSignal | undefined,
): ProbeOptions {
  return {
    ...(signal !== undefined && { signal }),
    headers,
    connection,
    timeoutMs: Math.min(timeoutMs, longestMs),
    ...(model !== undefined && { model }),
  };
}
