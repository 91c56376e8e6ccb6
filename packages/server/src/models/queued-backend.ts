import { WeirError, type EmbeddingRequest } from "@weir/protocol";
import { Admission } from "../admission/admission.ts";
import type { AdmissionOptions } from "../admission/admission-options.ts";
import type { AdmissionStats } from "../admission/admission-stats.ts";
import type { AdmissionJob } from "../admission/job.ts";
import type { Permit } from "../admission/permit.ts";
import type { EmbeddingBackend, TimedEmbeddingResult } from "./embedding-backend.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { KeepAlive } from "./keep-alive.ts";
import type { ReplicaPool, SwapOptions } from "./replica-pool.ts";

/** On whose account and under which terms a job runs; its cost is estimated here. */
export interface JobTerms extends Omit<AdmissionJob, "cost"> {
  /**
   * How long the model is to stay loaded after its last job from now on, in milliseconds; Infinity for ever.
   * @default as was said last since it was loaded, else as the server was told
   */
  readonly keepAliveMs?: number;
}

export interface QueuedResult extends TimedEmbeddingResult {
  /** Time in which nobody worked on it: until it had a slot, and in the replica behind the job before it. In milliseconds. */
  readonly queueMs: number;
  /** The part of it in which a model that had been asleep was loaded. */
  readonly loadMs: number;
}

export interface QueueOptions extends Omit<AdmissionOptions, "slots"> {
  /** How long the model stays loaded after its last job where nobody says otherwise, in milliseconds. @default Infinity */
  readonly keepAliveMs?: number;
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
  /** How long it stays loaded if nobody asks for it, in milliseconds; Infinity for ever. */
  readonly expiresInMs: number;
  /**
   * Rejects as the backend's does, and with what admission refuses or ends a job with. A model that is asleep is loaded
   * first, once for all jobs that wait; where that fails they reject with REPLICA_START_FAILED, and the next job tries again.
   */
  embed(request: EmbeddingRequest, terms: JobTerms, signal: AbortSignal): Promise<QueuedResult>;
  /** Loads the model where it is asleep; waits for that under the job's terms, and rejects as {@link embed}. */
  load(terms: JobTerms, signal: AbortSignal): Promise<void>;
  /** Unloads the model as soon as nobody uses it. Resolves when it is unloaded; at once where it is in use. */
  unload(): Promise<void>;
  /** As the pool's. The model is in use meanwhile: it is not unloaded. */
  swap(next: SwapOptions, signal: AbortSignal): Promise<void>;
  /** What admission would refuse such a job with whatever is in it; undefined where that depends. */
  refuseAhead(terms: JobTerms): WeirError | undefined;
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

/** Puts admission before a backend. Closing the result closes the backend. */
export function queueBackend(
  source: BackendSource,
  { keepAliveMs: defaultMs = Number.POSITIVE_INFINITY, ...options }: QueueOptions = {},
): QueuedBackend {
  const { pool } = source;
  const backend: EmbeddingBackend = pool;
  const admission = new Admission(backend.name, { ...options, slots: backend.slots });
  const refreshSlots = (): void => admission.setSlots(backend.slots);
  const keepAlive = new KeepAlive({ defaultMs, onDue: () => void sleep() });
  let isDraining = false;

  // What came meanwhile is asked for at the moment when the pool could begin: nobody is unloaded from under a job.
  function sleep(): Promise<void> {
    return pool.sleep(() => keepAlive.takeDue());
  }

  /** Loads the model where it is asleep. Those that wait in admission are told where it fails. */
  function wake(): void {
    if (backend.state.kind !== "asleep" || isDraining) return;
    const waking = keepAlive.during(undefined, () => pool.wake());
    waking.catch((error: unknown) => admission.failWaiting(toLoadError(backend.name, error)));
  }

  function admit<T>(
    { keepAliveMs, ...terms }: JobTerms,
    cost: number,
    signal: AbortSignal,
    work: (permit: Permit) => Promise<T>,
  ): Promise<T> {
    return keepAlive.during(keepAliveMs, () => {
      refreshSlots();
      const done = admission.run({ ...terms, cost }, signal, work);
      wake();
      return done;
    });
  }

  /** Until when a job that begins now waits for the model's load: 0 where it is loaded. */
  function measureLoad(): () => number {
    const { kind } = backend.state;
    if (kind !== "asleep" && kind !== "loading") return () => 0;
    const fromMs = performance.now();
    return () => performance.now() - fromMs;
  }

  async function calibrate(signal: AbortSignal): Promise<void> {
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
    async embed(request, terms, signal) {
      const { kind } = backend.state;
      // There is nothing to wait for: the backend says why.
      if (kind === "circuit-open" || kind === "stopped") {
        return { ...(await backend.embed(request, signal)), queueMs: 0, loadMs: 0 };
      }
      const cost = estimateTokens(request.inputs, backend.info.maxTokens);
      const countLoadMs = measureLoad();
      return admit(terms, cost, signal, async (permit) => {
        const loadMs = countLoadMs();
        const startedMs = performance.now();
        try {
          const result = await backend.embed(request, permit.signal, permit);
          permit.correctCost(result.inputTokens);
          const workMs = result.tokenizeMs + result.computeMs;
          // Less than nothing where its parts were computed beside each other.
          const behindMs = Math.max(0, performance.now() - startedMs - workMs);
          return { ...result, queueMs: permit.queueMs + behindMs, loadMs };
        } finally {
          // Where it failed because a replica is gone, the next job must not be sent after it: it waits.
          refreshSlots();
        }
      });
    },
    get expiresInMs() {
      return keepAlive.leftMs;
    },
    refuseAhead(terms) {
      const { kind } = backend.state;
      if (kind === "circuit-open" || kind === "stopped") return undefined;
      refreshSlots();
      return admission.refuseAhead(terms);
    },
    load: ({ keepAliveMs, ...terms }, signal) =>
      keepAlive.during(keepAliveMs, async () => {
        const { kind } = backend.state;
        if (kind === "ready") return;
        // Rejects with what keeps the model from taking jobs.
        if (kind === "circuit-open" || kind === "stopped")
          return void (await backend.embed(calibration, signal));
        const admitted = admission.admit({ ...terms, cost: 0 }, signal);
        wake();
        // It computed nothing: as completed its time would count as what the model takes for a job.
        (await admitted).release("failed");
      }),
    async unload() {
      await keepAlive.during(0, async () => {});
      // It was begun just now where nobody uses the model; this one has nothing to do but to wait for it.
      await sleep();
    },
    swap: (next, signal) => keepAlive.during(undefined, () => pool.swap(next, signal)),
    calibrate: (signal) => keepAlive.during(undefined, () => calibrate(signal)),
    admissionStats: () => admission.stats(),
    refreshSlots,
    drain(timeoutMs) {
      isDraining = true;
      keepAlive[Symbol.dispose]();
      return admission.drain(timeoutMs);
    },
    async [Symbol.asyncDispose]() {
      isDraining = true;
      keepAlive[Symbol.dispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
}

/** A model that could not be loaded is a failure of the server's, whatever kept it from that: the client did nothing wrong. */
function toLoadError(name: string, error: unknown): WeirError {
  if (error instanceof WeirError && error.code === "NOT_READY") return error;
  const why = error instanceof Error ? error.message : String(error);
  const message = `model ${name} was asleep and could not be loaded again: ${why}. The next request tries again.`;
  return new WeirError("REPLICA_START_FAILED", message, { retryAfterMs: 1_000, cause: error });
}
