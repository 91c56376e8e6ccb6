import type { EmbeddingDialectName, EmbeddingRequest, ModelRequest, WeirError } from "@weir/protocol";
import { Admission } from "../admission/admission.ts";
import type { AdmissionOptions } from "../admission/admission-options.ts";
import type { AdmissionStats } from "../admission/admission-stats.ts";
import type { AdmissionJob } from "../admission/job.ts";
import type { Permit } from "../admission/permit.ts";
import type { CacheOutcome } from "../cache/cache-counts.ts";
import { holdBackend, type BackendSource } from "./backend-holder.ts";
import { restBackend } from "./backend-rest.ts";
import { timeBackend } from "./calibration.ts";
import { createCalibrationRequest } from "./calibration-request.ts";
import type {
  EmbeddingBackend,
  JobOrigin,
  PassedAnswer,
  TimedEmbeddingResult,
  WireRequest,
} from "./embedding-backend.ts";
import { isHopeless } from "./is-hopeless.ts";
import { measureLoad } from "./measure-load.ts";
import { estimateTokens, requestTokens } from "./estimate-tokens.ts";

/** On whose account and under which terms a job runs; its cost is estimated here. */
export interface JobTerms extends Omit<AdmissionJob, "cost">, Pick<JobOrigin, "passedServers"> {
  /**
   * How long the model is to stay loaded after its last job from now on, in milliseconds; Infinity for ever. Without effect
   * while another server computes it.
   * @default as was said last since it was loaded, else as the server was told
   */
  readonly keepAliveMs?: number;
}

interface Queued {
  /** Time in which nobody worked on it: until it had a slot, and in the replica behind the job before it. In milliseconds. */
  readonly queueMs: number;
  /** The part of it in which a model that had been asleep was loaded; 0 where another server computed it. */
  readonly loadMs: number;
}

export interface QueuedResult extends TimedEmbeddingResult, Queued {
  readonly kind: "computed";
  /** What the cache had to do with it; undefined where nothing of the kind is cached. */
  readonly cache?: CacheOutcome;
}

/** Vectors, or a remote server's answer as it came. */
export type QueuedAnswer = QueuedResult | (PassedAnswer & Queued);

export interface QueueOptions extends Omit<AdmissionOptions, "slots" | "slotCost"> {
  /** How long the model stays loaded after its last job where nobody says otherwise, in milliseconds. @default Infinity */
  readonly keepAliveMs?: number;
}

type WorkArguments = [signal: AbortSignal, permit: Permit | undefined, origin: JobOrigin];

/** Tokens that are only counted are so many times as cheap as those that are computed, at least. */
const countedTokens = 16;

/** A model that is served: a backend behind its own admission. */
export interface QueuedBackend extends Omit<EmbeddingBackend, "embed" | "passing" | "slotCost"> {
  /** What its routes ask of it: vectors of texts, or scores of texts and pairs of texts. */
  readonly kind: "embed" | "rank";
  readonly source: BackendSource;
  /** The dialect whose bytes it passes through now; undefined where it computes itself. */
  readonly passes: EmbeddingDialectName | undefined;
  /** Jobs waiting and running. */
  readonly jobsHeld: number;
  /** Whether so many jobs wait that more should go elsewhere, where there is an elsewhere. */
  readonly isCrowded: boolean;
  /** How long it stays loaded if nobody asks for it, in milliseconds; Infinity for ever, and on another server. */
  readonly expiresInMs: number;
  /**
   * Rejects as the backend's does, and with what admission refuses or ends a job with. A model that is asleep is loaded
   * first, once for all jobs that wait; where that fails they reject with REPLICA_START_FAILED, and the next job tries again.
   */
  embed(request: EmbeddingRequest, terms: JobTerms, signal: AbortSignal): Promise<QueuedResult>;
  /** The same for work of any kind. */
  compute(request: ModelRequest, terms: JobTerms, signal: AbortSignal): Promise<QueuedResult>;
  /** The same; `wire` is passed through where what serves when its turn comes is asked in that dialect. */
  answer(
    request: EmbeddingRequest,
    wire: WireRequest | undefined,
    terms: JobTerms,
    signal: AbortSignal,
  ): Promise<QueuedAnswer>;
  /** What the tokenizer alone gives, as JSON: it waits for its turn, and tells nothing of how fast the model is. */
  tokens(request: ModelRequest, terms: JobTerms, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * Loads the model where it is asleep; waits for that under the job's terms, and rejects as {@link embed}. One that takes
   * jobs, here or on another server, is loaded already.
   */
  load(terms: JobTerms, signal: AbortSignal): Promise<void>;
  /**
   * Unloads the model as soon as nobody uses it. Resolves when it is unloaded; at once where it is in use, or another
   * server has it, which is left as it is.
   */
  unload(): Promise<void>;
  /** What admission would refuse such a job with whatever is in it; undefined where that depends. */
  refuseAhead(terms: JobTerms): WeirError | undefined;
  /** A change of what serves it, say: the model is in use meanwhile and not unloaded. */
  keepLoaded<T>(work: () => Promise<T>): Promise<T>;
  admissionStats(): AdmissionStats;
  /**
   * Times jobs beside the queue, so that advice and deadlines are right from the first request on. Where it fails, they
   * are guesses until the first job is done.
   */
  calibrate(signal: AbortSignal): Promise<void>;
  /** To be called whenever the backend's slots may have changed. */
  refreshSlots(): void;
  /**
   * Sends what waits and what comes from now on to another backend. The old one, asleep or not, ends what it has, at most
   * for `drainTimeoutMs`, and is closed. The keep-alive setting stays. To be called within {@link keepLoaded}.
   */
  replace(source: BackendSource, drainTimeoutMs: number): void;
  /** Lets nothing more in and resolves when all work is done; what is not by `timeoutMs` is ended then. */
  drain(timeoutMs: number): Promise<void>;
}

/**
 * Puts admission before a backend. Closing the result closes the backend. `before` may put something before admission, which
 * answers itself or passes on; requests whose bytes go to another server do not meet it.
 */
export function queueBackend(
  source: BackendSource,
  { keepAliveMs: defaultMs = Number.POSITIVE_INFINITY, ...options }: QueueOptions = {},
  before: (admit: QueuedBackend["embed"]) => QueuedBackend["embed"] = (admit) => admit,
): QueuedBackend {
  const holder = holdBackend(source);
  const { name } = holder.backend;
  const admission = new Admission(name, options);
  const readKind = (): QueuedBackend["kind"] => (holder.backend.info.labels === undefined ? "embed" : "rank");
  const refreshSlots = (): void => admission.setSlots(holder.backend.slots, holder.backend.slotCost ?? 0);
  refreshSlots();
  const rest = restBackend(holder, { defaultMs, onLoadFailed: (error) => admission.failWaiting(error) });

  async function run<Answer extends TimedEmbeddingResult | PassedAnswer>(
    request: ModelRequest,
    { keepAliveMs, passedServers, ...terms }: JobTerms,
    signal: AbortSignal,
    work: (backend: EmbeddingBackend, ...how: WorkArguments) => Promise<Answer>,
  ): Promise<Answer & Queued> {
    const { backend } = holder;
    const origin: JobOrigin = {
      ...(passedServers === undefined ? {} : { passedServers }),
      isRetry: terms.isRetry ?? false,
    };
    // There is nothing to wait for: the backend says why.
    if (isHopeless(backend.state))
      return { ...(await work(backend, signal, undefined, origin)), queueMs: 0, loadMs: 0 };
    const tokens = estimateTokens(request.inputs, backend.info.maxTokens ?? Number.POSITIVE_INFINITY);
    const cost = requestTokens + tokens;
    const countLoadMs = measureLoad(holder);
    return rest.during(keepAliveMs, () => {
      refreshSlots();
      const done = admission.run({ ...terms, cost }, signal, async (permit) => {
        const loadMs = countLoadMs();
        const startedMs = performance.now();
        try {
          const running = { ...origin, leftMs: permit.leftMs };
          const result = await holder.use((current) => work(current, permit.signal, permit, running));
          if (result.inputTokens !== undefined && result.inputTokens > 0)
            permit.correctCost(requestTokens + result.inputTokens);
          const workMs = (result.tokenizeMs ?? 0) + result.computeMs;
          // Less than nothing where its parts were computed beside each other.
          const behindMs = Math.max(0, performance.now() - startedMs - workMs);
          return { ...result, queueMs: permit.queueMs + behindMs, loadMs };
        } finally {
          // Where it failed because a replica is gone, the next job must not be sent after it: it waits.
          refreshSlots();
        }
      });
      rest.wake();
      return done;
    });
  }

  const compute: QueuedBackend["compute"] = async (request, terms, signal) => {
    const done = await run(request, terms, signal, (backend, ...how) => backend.embed(request, ...how));
    return { kind: "computed", ...done };
  };
  const embed = before(compute);

  /** Whatever answers it uses the model: what needs no slot keeps it loaded as well, and what is said of its keep-alive holds. */
  function embedInUse(
    ...[request, { keepAliveMs, ...terms }, signal]: Parameters<QueuedBackend["embed"]>
  ): Promise<QueuedResult> {
    if (isHopeless(holder.backend.state)) return embed(request, terms, signal);
    return rest.during(keepAliveMs, () => embed(request, terms, signal));
  }

  async function calibrate(signal: AbortSignal): Promise<void> {
    const timed = await timeBackend(holder.source, signal);
    if (timed !== undefined) admission.noteService(timed.tokens, timed.slotMs, timed.aloneMs);
  }

  return {
    get kind() {
      return readKind();
    },
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
    get expiresInMs() {
      return rest.expiresInMs;
    },
    embed: embedInUse,
    compute,
    async answer(request, wire, terms, signal) {
      if (wire === undefined) return embedInUse(request, terms, signal);
      const done = await run<TimedEmbeddingResult | PassedAnswer>(
        request,
        terms,
        signal,
        (backend, workSignal, permit, origin) =>
          backend.passing?.dialect === wire.dialect
            ? backend.passing.pass(wire, workSignal, origin)
            : backend.embed(request, workSignal, permit, origin),
      );
      return "vectors" in done ? { kind: "computed", ...done } : done;
    },
    refuseAhead(terms) {
      if (isHopeless(holder.backend.state)) return undefined;
      refreshSlots();
      return admission.refuseAhead(terms);
    },
    load: ({ keepAliveMs, ...terms }, signal) =>
      rest.during(keepAliveMs, async () => {
        const { backend } = holder;
        if (backend.state.kind === "ready") return;
        // Rejects with what keeps the model from taking jobs.
        if (isHopeless(backend.state))
          return void (await backend.embed(createCalibrationRequest(1, readKind()), signal));
        const admitted = admission.admit({ ...terms, cost: 0 }, signal);
        rest.wake();
        // It computed nothing: as completed its time would count as what the model takes for a job.
        (await admitted).release("failed");
      }),
    tokens: (request, { keepAliveMs, ...terms }, signal) =>
      rest.during(keepAliveMs, async () => {
        const { backend } = holder;
        if (isHopeless(backend.state)) return (await backend.embed(request, signal)).tokens!;
        const cost = estimateTokens(request.inputs, Number.POSITIVE_INFINITY) / countedTokens;
        const admitted = admission.admit({ ...terms, cost }, signal);
        rest.wake();
        const permit = await admitted;
        try {
          return (await holder.use((current) => current.embed(request, permit.signal))).tokens!;
        } finally {
          permit.release("failed");
        }
      }),
    unload: () => rest.unload(),
    keepLoaded: (work) => rest.during(undefined, work),
    calibrate: (signal) => rest.during(undefined, () => calibrate(signal)),
    admissionStats: () => admission.stats(),
    refreshSlots,
    replace(next, drainTimeoutMs) {
      holder.replace(next, drainTimeoutMs);
      refreshSlots();
    },
    drain(timeoutMs) {
      rest[Symbol.dispose]();
      return admission.drain(timeoutMs);
    },
    async [Symbol.asyncDispose]() {
      rest[Symbol.dispose]();
      await holder[Symbol.asyncDispose]();
    },
  };
}
