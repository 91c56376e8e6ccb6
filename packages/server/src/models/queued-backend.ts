import type { EmbeddingRequest } from "@weir/protocol";
import { Admission } from "../admission/admission.ts";
import type { AdmissionOptions } from "../admission/admission-options.ts";
import type { AdmissionStats } from "../admission/admission-stats.ts";
import type { AdmissionJob } from "../admission/job.ts";
import type { CacheOutcome } from "../cache/cache-counts.ts";
import type { EmbeddingBackend, TimedEmbeddingResult } from "./embedding-backend.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import type { ReplicaPool } from "./replica-pool.ts";

/** On whose account and under which terms a job runs; its cost is estimated here. */
export type JobTerms = Omit<AdmissionJob, "cost">;

export interface QueuedResult extends TimedEmbeddingResult {
  /** Time in which nobody worked on it: until it had a slot, and in the replica behind the job before it. In milliseconds. */
  readonly queueMs: number;
  /** What the cache had to do with it; undefined where there is none. */
  readonly cache?: CacheOutcome;
}

/** A text of middling length: what a token costs depends on how many there are. */
const calibration: EmbeddingRequest = {
  model: undefined,
  inputs: { kind: "texts", texts: ["the weir holds what the river brings ".repeat(8)] },
  normalize: true,
  pooling: undefined,
  dimensions: undefined,
  truncate: true,
};

/** Where a model computes: in processes of our own. */
export interface BackendSource {
  readonly kind: "replicas";
  readonly pool: ReplicaPool;
}

/** A model that is served: a backend behind its own admission. */
export interface QueuedBackend extends Omit<EmbeddingBackend, "embed"> {
  readonly kind: "embed";
  readonly source: BackendSource;
  /** Jobs waiting and running. */
  readonly jobsHeld: number;
  /** Whether so many jobs wait that more should go elsewhere, where there is an elsewhere. */
  readonly isCrowded: boolean;
  /** Rejects as the backend's does, and with what admission refuses or ends a job with. */
  embed(request: EmbeddingRequest, terms: JobTerms, signal: AbortSignal): Promise<QueuedResult>;
  admissionStats(): AdmissionStats;
  /**
   * Times one job beside the queue, so that advice and deadlines are right from the first request on. Where it fails, they
   * are guesses until the first job is done.
   */
  calibrate(signal: AbortSignal): Promise<void>;
  /** To be called whenever the backend's slots may have changed. */
  refreshSlots(): void;
  /** Lets nothing more in and resolves when all work is done; what is not by `timeoutMs` is ended then. */
  drain(timeoutMs: number): Promise<void>;
}

/**
 * Puts admission before a backend. Closing the result closes the backend. `before` may put something before admission, which
 * answers itself or passes on.
 */
export function queueBackend(
  source: BackendSource,
  options: Omit<AdmissionOptions, "slots"> = {},
  before: (admit: QueuedBackend["embed"]) => QueuedBackend["embed"] = (admit) => admit,
): QueuedBackend {
  const backend: EmbeddingBackend = source.pool;
  const admission = new Admission(backend.name, { ...options, slots: backend.slots });
  const refreshSlots = (): void => admission.setSlots(backend.slots);

  async function admit(
    request: EmbeddingRequest,
    terms: JobTerms,
    signal: AbortSignal,
  ): Promise<QueuedResult> {
    const { kind } = backend.state;
    // There is nothing to wait for: the backend says why.
    if (kind === "circuit-open" || kind === "stopped") {
      return { ...(await backend.embed(request, signal)), queueMs: 0 };
    }
    refreshSlots();
    const cost = estimateTokens(request.inputs, backend.info.maxTokens);
    return admission.run({ ...terms, cost }, signal, async (permit) => {
      const startedMs = performance.now();
      try {
        const result = await backend.embed(request, permit.signal, permit);
        permit.correctCost(result.inputTokens);
        const workMs = result.tokenizeMs + result.computeMs;
        // Less than nothing where its parts were computed beside each other.
        const behindMs = Math.max(0, performance.now() - startedMs - workMs);
        return { ...result, queueMs: permit.queueMs + behindMs };
      } finally {
        // Where it failed because a replica is gone, the next job must not be sent after it: it waits.
        refreshSlots();
      }
    });
  }

  return {
    kind: "embed",
    source,
    name: backend.name,
    get info() {
      return backend.info;
    },
    get state() {
      return backend.state;
    },
    get slots() {
      return backend.slots;
    },
    get replicas() {
      return backend.replicas;
    },
    get jobsHeld() {
      return admission.jobsHeld;
    },
    get isCrowded() {
      return admission.isCrowded;
    },
    embed: before(admit),
    async calibrate(signal) {
      const startedMs = performance.now();
      try {
        const { inputTokens } = await backend.embed(calibration, signal);
        const aloneMs = performance.now() - startedMs;
        // Those that share a replica with others have their slots for longer.
        const sharing = backend.slots / backend.replicas.filter(({ kind }) => kind === "ready").length;
        if (sharing >= 1) admission.noteService(inputTokens, aloneMs * sharing);
      } catch {
        // The first request will meet the same failure and say so.
      }
    },
    admissionStats: () => admission.stats(),
    refreshSlots,
    drain: (timeoutMs) => admission.drain(timeoutMs),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
