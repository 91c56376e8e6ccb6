import { setTimeout as delay } from "node:timers/promises";
import type { EmbeddingModelInfo } from "@weir/engine";
import { WeirError, type EmbeddingRequest } from "@weir/protocol";
import type { BackendState, EmbeddingBackend, TimedEmbeddingResult } from "../models/embedding-backend.ts";
import { healthyAfterMs, restartDelayMs } from "./restart-backoff.ts";
import { startReplica, type Replica, type ReplicaOptions } from "./replica-process.ts";

export interface SupervisedModelOptions extends Omit<ReplicaOptions, "onOutput"> {
  /** The name it is served under. */
  readonly name: string;
  /** What happens to the replica, one line each, for the log. */
  readonly onEvent?: (event: ReplicaEvent) => void;
}

export type ReplicaEvent =
  | { readonly kind: "ready"; readonly pid: number; readonly startMs: number }
  | { readonly kind: "output"; readonly line: string }
  | {
      readonly kind: "ended";
      readonly reason: string;
      readonly lastLines: readonly string[];
      readonly restartInMs: number;
    }
  | { readonly kind: "start-failed"; readonly error: unknown; readonly restartInMs: number };

/**
 * One model in one child process that is started again whenever it ends. Rejects when the first start fails: a model
 * that never worked is the operator's to mend, not ours to retry.
 */
export async function startSupervisedModel(
  options: SupervisedModelOptions,
  signal: AbortSignal,
): Promise<EmbeddingBackend> {
  const stopped = new AbortController();
  const emit = options.onEvent ?? ((): void => {});
  const replicaOptions: ReplicaOptions = {
    ...options,
    onOutput: (line) => emit({ kind: "output", line }),
  };

  let startMs = 0;
  let replica: Replica | undefined;
  let restarts = 0;
  let readyAgainAtMs = 0;

  async function start(startSignal: AbortSignal): Promise<Replica> {
    const fromMs = performance.now();
    const started = await startReplica(replicaOptions, startSignal);
    startMs = performance.now() - fromMs;
    replica = started;
    emit({ kind: "ready", pid: started.pid, startMs });
    return started;
  }

  const first = await start(signal);
  const info: EmbeddingModelInfo = first.info;
  const supervision = supervise(first);

  async function supervise(running: Replica): Promise<void> {
    let attempt = 0;
    let current: Replica | undefined = running;
    while (!stopped.signal.aborted) {
      if (current !== undefined) {
        const sinceMs = performance.now();
        const exit = await current.exited;
        replica = undefined;
        await current[Symbol.asyncDispose]();
        if (stopped.signal.aborted) return;
        attempt = performance.now() - sinceMs > healthyAfterMs ? 1 : attempt + 1;
        emit({ kind: "ended", ...exit, restartInMs: restartDelayMs(attempt) });
      } else {
        attempt++;
      }
      restarts++;
      const waitMs = restartDelayMs(attempt);
      readyAgainAtMs = performance.now() + waitMs + startMs;
      try {
        await delay(waitMs, undefined, { signal: stopped.signal });
        current = await start(stopped.signal);
      } catch (error) {
        if (stopped.signal.aborted) return;
        current = undefined;
        emit({ kind: "start-failed", error, restartInMs: restartDelayMs(attempt + 1) });
      }
    }
  }

  return {
    name: options.name,
    info,
    get state(): BackendState {
      if (stopped.signal.aborted) return { kind: "stopped" };
      if (replica?.usable === true) return { kind: "ready", pid: replica.pid, restarts };
      return { kind: "restarting", restarts, retryAfterMs: untilReadyMs() };
    },
    async embed(request: EmbeddingRequest, jobSignal: AbortSignal): Promise<TimedEmbeddingResult> {
      if (replica?.usable !== true) {
        throw new WeirError(
          "NOT_READY",
          `the process of model ${options.name} ended and is being started again`,
          {
            retryAfterMs: untilReadyMs(),
          },
        );
      }
      try {
        return { model: options.name, ...(await replica.embed(request, jobSignal)) };
      } catch (error) {
        if (!(error instanceof WeirError) || error.code !== "REPLICA_LOST") throw error;
        // Known only here: how long a start takes on this machine.
        throw new WeirError("REPLICA_LOST", error.message, { cause: error, retryAfterMs: untilReadyMs() });
      }
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      const last = replica;
      replica = undefined;
      await last?.[Symbol.asyncDispose]();
      await supervision;
    },
  };

  function untilReadyMs(): number {
    return Math.max(restartDelayMs(1) + startMs, readyAgainAtMs - performance.now());
  }
}
