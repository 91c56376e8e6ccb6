import type { EmbeddingDialectName, EmbeddingRequest } from "@weir/protocol";
import { Admission } from "../admission/admission.ts";
import type { AdmissionOptions } from "../admission/admission-options.ts";
import type { AdmissionStats } from "../admission/admission-stats.ts";
import type { AdmissionJob } from "../admission/job.ts";
import type { Permit } from "../admission/permit.ts";
import { holdBackend, type BackendSource } from "./backend-holder.ts";
import type {
  BackendState,
  EmbeddingBackend,
  PassedAnswer,
  TimedEmbeddingResult,
  WireRequest,
} from "./embedding-backend.ts";
import { estimateTokens } from "./estimate-tokens.ts";

/** On whose account and under which terms a job runs; its cost is estimated here. */
export type JobTerms = Omit<AdmissionJob, "cost">;

interface Queued {
  /** Time in which nobody worked on it: until it had a slot, and in the replica behind the job before it. In milliseconds. */
  readonly queueMs: number;
}

export interface QueuedResult extends TimedEmbeddingResult, Queued {
  readonly kind: "computed";
}

/** Vectors, or a remote server's answer as it came. */
export type QueuedAnswer = QueuedResult | (PassedAnswer & Queued);

/** A text of middling length: what a token costs depends on how many there are. */
const calibration: EmbeddingRequest = {
  model: undefined,
  inputs: { kind: "texts", texts: ["the weir holds what the river brings ".repeat(8)] },
  normalize: true,
  pooling: undefined,
  dimensions: undefined,
  truncate: true,
};

/** A model that is served: a backend behind its own admission. */
export interface QueuedBackend extends Omit<EmbeddingBackend, "embed" | "passing"> {
  readonly kind: "embed";
  readonly source: BackendSource;
  /** The dialect whose bytes it passes through now; undefined where it computes itself. */
  readonly passes: EmbeddingDialectName | undefined;
  /** Jobs waiting and running. */
  readonly jobsHeld: number;
  /** Whether so many jobs wait that more should go elsewhere, where there is an elsewhere. */
  readonly isCrowded: boolean;
  /** Rejects as the backend's does, and with what admission refuses or ends a job with. */
  embed(request: EmbeddingRequest, terms: JobTerms, signal: AbortSignal): Promise<QueuedResult>;
  /** The same; `wire` is passed through where what serves when its turn comes is asked in that dialect. */
  answer(
    request: EmbeddingRequest,
    wire: WireRequest | undefined,
    terms: JobTerms,
    signal: AbortSignal,
  ): Promise<QueuedAnswer>;
  admissionStats(): AdmissionStats;
  /**
   * Times one job beside the queue, so that advice and deadlines are right from the first request on. Where it fails, they
   * are guesses until the first job is done.
   */
  calibrate(signal: AbortSignal): Promise<void>;
  /** To be called whenever the backend's slots may have changed. */
  refreshSlots(): void;
  /** Sends what comes from now on to another backend. The old one ends what it has, at most for `drainTimeoutMs`, and is closed. */
  replace(source: BackendSource, drainTimeoutMs: number): void;
  /** Lets nothing more in and resolves when all work is done; what is not by `timeoutMs` is ended then. */
  drain(timeoutMs: number): Promise<void>;
}

/** Puts admission before a backend. Closing the result closes the backend. */
export function queueBackend(
  source: BackendSource,
  options: Omit<AdmissionOptions, "slots"> = {},
): QueuedBackend {
  const holder = holdBackend(source);
  const { name } = holder.backend;
  const admission = new Admission(name, { ...options, slots: holder.backend.slots });
  const refreshSlots = (): void => admission.setSlots(holder.backend.slots);

  async function run<Answer extends TimedEmbeddingResult | PassedAnswer>(
    request: EmbeddingRequest,
    terms: JobTerms,
    signal: AbortSignal,
    work: (backend: EmbeddingBackend, workSignal: AbortSignal, permit?: Permit) => Promise<Answer>,
  ): Promise<Answer & Queued> {
    const { backend } = holder;
    // There is nothing to wait for: the backend says why.
    if (isHopeless(backend.state)) return { ...(await work(backend, signal)), queueMs: 0 };
    refreshSlots();
    const cost = estimateTokens(request.inputs, backend.info.maxTokens ?? Number.POSITIVE_INFINITY);
    return admission.run({ ...terms, cost }, signal, async (permit) => {
      const startedMs = performance.now();
      try {
        const result = await holder.use((current) => work(current, permit.signal, permit));
        if (result.inputTokens !== undefined && result.inputTokens > 0)
          permit.correctCost(result.inputTokens);
        const workMs = (result.tokenizeMs ?? 0) + result.computeMs;
        // Less than nothing where its parts were computed beside each other.
        const behindMs = Math.max(0, performance.now() - startedMs - workMs);
        return { ...result, queueMs: permit.queueMs + behindMs };
      } finally {
        // Where it failed because a replica is gone, the next job must not be sent after it: it waits.
        refreshSlots();
      }
    });
  }

  async function embed(
    ...[request, terms, signal]: Parameters<QueuedBackend["embed"]>
  ): Promise<QueuedResult> {
    const done = await run(request, terms, signal, (backend, workSignal, permit) =>
      backend.embed(request, workSignal, permit),
    );
    return { kind: "computed", ...done };
  }

  return {
    kind: "embed",
    name,
    get source() {
      return holder.source;
    },
    get passes() {
      return holder.backend.passing?.dialect;
    },
    get info() {
      return holder.backend.info;
    },
    get state() {
      return holder.backend.state;
    },
    get slots() {
      return holder.backend.slots;
    },
    get replicas() {
      return holder.backend.replicas;
    },
    get jobsHeld() {
      return admission.jobsHeld;
    },
    get isCrowded() {
      return admission.isCrowded;
    },
    embed,
    async answer(request, wire, terms, signal) {
      if (wire === undefined) return embed(request, terms, signal);
      const done = await run<TimedEmbeddingResult | PassedAnswer>(
        request,
        terms,
        signal,
        (backend, workSignal, permit) =>
          backend.passing?.dialect === wire.dialect
            ? backend.passing.pass(wire, workSignal)
            : backend.embed(request, workSignal, permit),
      );
      return "vectors" in done ? { kind: "computed", ...done } : done;
    },
    async calibrate(signal) {
      const { backend } = holder;
      const startedMs = performance.now();
      try {
        const { inputTokens } = await backend.embed(calibration, signal);
        const aloneMs = performance.now() - startedMs;
        // Those that share a replica with others have their slots for longer. How many a remote server computes at a time is
        // not known: as if it were one, until the first jobs are done.
        const ready = backend.replicas.filter(({ kind }) => kind === "ready").length;
        const sharing = backend.slots / Math.max(1, ready);
        const cost = inputTokens || estimateTokens(calibration.inputs, Number.POSITIVE_INFINITY);
        if (sharing >= 1) admission.noteService(cost, aloneMs * sharing);
      } catch {
        // The first request will meet the same failure and say so.
      }
    },
    admissionStats: () => admission.stats(),
    refreshSlots,
    replace(next, drainTimeoutMs) {
      holder.replace(next, drainTimeoutMs);
      refreshSlots();
    },
    drain: (timeoutMs) => admission.drain(timeoutMs),
    [Symbol.asyncDispose]: () => holder[Symbol.asyncDispose](),
  };
}

function isHopeless(state: BackendState): boolean {
  if (state.kind === "unreachable") return state.circuitOpen;
  return state.kind === "circuit-open" || state.kind === "stopped";
}
