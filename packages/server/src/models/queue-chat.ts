import type { ChatHooks, ChatJob } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { Admission } from "../admission/admission.ts";
import type { Permit } from "../admission/permit.ts";
import { holdBackend, type ChatSource } from "./backend-holder.ts";
import { restBackend } from "./backend-rest.ts";
import type { ChatBackend, ChatMemory, ChatOrigin } from "./chat-backend.ts";
import { createTrialJob } from "../replica/chat-replica.ts";
import { createChatCosts } from "./chat-cost.ts";
import { resolveChatDeadline } from "./chat-deadline.ts";
import { isHopeless } from "./is-hopeless.ts";
import { measureLoad } from "./measure-load.ts";
import type { JobTerms, QueueOptions } from "./queued-backend.ts";
import type { QueuedChat } from "./queued-chat.ts";

/** A chat model that a model host serves: what an operator may do with it, beside what clients ask of it. */
export interface HostedChat extends QueuedChat {
  readonly source: ChatSource;
  /** What admission would refuse such a job with whatever is in it; undefined where that depends. */
  refuseAhead(terms: JobTerms): WeirError | undefined;
  /** Learns from the answer that the model gave before it was ready, for advice and deadlines from the first request on. */
  calibrate(): void;
  /** As of a `QueuedBackend`. */
  replace(source: ChatSource, drainTimeoutMs: number): void;
}

/** A part of an answer is noted as often as this at most, in milliseconds: its deadline is of minutes. */
const noteEveryMs = 1_000;
/** An answer that is expected before one was given, in tokens. */
const typicalTokens = 32;

/**
 * Puts admission before a chat backend: as many run as it has sequences. Closing the result closes the backend. `before` may
 * put something before admission, which answers itself or passes on; requests that are passed through do not meet it.
 */
export function queueChat(
  first: ChatSource,
  { keepAliveMs: defaultMs = Number.POSITIVE_INFINITY, ...options }: QueueOptions = {},
  before?: (admit: QueuedChat["chat"]) => QueuedChat["chat"],
): HostedChat {
  const holder = holdBackend(first);
  const { name } = holder.backend;
  const admission = new Admission(name, options);
  const costs = createChatCosts();
  const refreshSlots = (): void => admission.setSlots(holder.backend.slots);
  refreshSlots();
  const rest = restBackend(holder, { defaultMs, onLoadFailed: (error) => admission.failWaiting(error) });

  async function run<Answer extends object>(
    { keepAliveMs, passedServers, ...terms }: JobTerms,
    cost: number,
    signal: AbortSignal,
    work: (
      backend: ChatBackend,
      signal: AbortSignal,
      origin: ChatOrigin,
      permit: Permit | undefined,
    ) => Promise<Answer>,
  ): Promise<Answer & { readonly queueMs: number; readonly loadMs: number }> {
    const { backend } = holder;
    const origin: ChatOrigin = {
      ...(passedServers === undefined ? {} : { passedServers }),
      isRetry: terms.isRetry ?? false,
    };
    // There is nothing to wait for: the backend says why.
    if (isHopeless(backend.state)) {
      return { ...(await work(backend, signal, origin, undefined)), queueMs: 0, loadMs: 0 };
    }
    const countLoadMs = measureLoad(holder);
    const deadline = resolveChatDeadline(terms.deadline);
    return rest.during(keepAliveMs, () => {
      refreshSlots();
      const done = admission.run({ ...terms, deadline, cost }, signal, async (permit) => {
        const loadMs = countLoadMs();
        try {
          const running = { ...origin, leftMs: permit.leftMs };
          const answer = await holder.use((current) => work(current, permit.signal, running, permit));
          return { ...answer, queueMs: permit.queueMs, loadMs };
        } finally {
          // Where it failed because its process is gone, the next job must not be sent after it: it waits.
          refreshSlots();
        }
      });
      rest.wake();
      return done;
    });
  }

  function watch(job: Omit<ChatJob, "rank">, hooks: ChatHooks, permit: Permit | undefined): ChatHooks {
    const notePart = createPartNoter(permit);
    return {
      onStart(start) {
        permit?.correctCost(costs.refine(job.request, start));
        permit?.notePart();
        hooks.onStart?.(start);
      },
      onEvents(events) {
        notePart();
        hooks.onEvents(events);
      },
    };
  }

  function calibrate(): void {
    const { source } = holder;
    // Another server is not asked: what it computes may cost money.
    const stepMs = source.kind === "remote" ? undefined : source.pool.stepMs;
    if (stepMs === undefined) return;
    const aloneMs = typicalTokens * stepMs;
    // Beside others it takes longer, though not by as much as if they took turns.
    admission.noteService(typicalTokens, aloneMs * Math.max(1, holder.backend.slots / 2), aloneMs);
  }

  /** Beside the queue, by the model wherever it is; one that is asleep is loaded. */
  function beside<T>(work: (backend: ChatBackend) => Promise<T>): Promise<T> {
    return rest.during(undefined, async () => {
      await rest.awaken();
      return holder.use(work);
    });
  }

  const memory: ChatMemory = {
    get stats() {
      return holder.backend.memory!.stats;
    },
    listAgents: (keyId) => beside(async (backend) => (await backend.memory?.listAgents(keyId)) ?? []),
    saveAgent: (keyId, id) => beside(async (backend) => backend.memory?.saveAgent(keyId, id)),
    deleteAgent: (keyId, id) =>
      beside(async (backend) => (await backend.memory?.deleteAgent(keyId, id)) ?? false),
  };

  const compute: QueuedChat["chat"] = (job, terms, hooks, signal) => {
    const cost = costs.estimate(job.request);
    return run(terms, cost, signal, async (backend, workSignal, origin, permit) => {
      const ranked = { ...job, rank: permit?.rank ?? 0 };
      const result = await backend.chat(ranked, watch(job, hooks, permit), workSignal, origin);
      permit?.correctCost(costs.settle(result));
      return result;
    });
  };
  const answer = before?.(compute) ?? compute;

  /** Whatever answers uses the model: what needs no slot keeps it loaded too, and what is said of its keep-alive holds. */
  const answerInUse: QueuedChat["chat"] = (job, { keepAliveMs, ...terms }, hooks, signal) =>
    isHopeless(holder.backend.state)
      ? answer(job, terms, hooks, signal)
      : rest.during(keepAliveMs, () => answer(job, terms, hooks, signal));

  return {
    kind: "chat",
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
    get memory() {
      return holder.backend.memory === undefined ? undefined : memory;
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
    chat: before === undefined ? compute : answerInUse,
    pass(request, terms, to, signal) {
      const cost = costs.estimateBytes(request.body.length);
      return run(terms, cost, signal, async (backend, workSignal, origin, permit) => {
        const { passing } = backend;
        if (passing?.dialect !== request.dialect) throw toMovedError(name);
        const notePart = createPartNoter(permit);
        const watching = {
          onHead: to.onHead.bind(to),
          onBytes(bytes: Uint8Array, framed?: Uint8Array) {
            notePart();
            to.onBytes(bytes, framed);
          },
        };
        const { affinity } = request;
        const whose = affinity === undefined ? origin : { ...origin, affinity };
        return passing.pass(request, watching, workSignal, whose);
      });
    },
    countTokens: (request, signal) => beside((backend) => backend.countTokens(request, signal)),
    refuseAhead(terms) {
      if (isHopeless(holder.backend.state)) return undefined;
      refreshSlots();
      return admission.refuseAhead({ ...terms, deadline: resolveChatDeadline(terms.deadline) });
    },
    load: ({ keepAliveMs, ...terms }, signal) =>
      rest.during(keepAliveMs, async () => {
        const { backend } = holder;
        if (backend.state.kind === "ready") return;
        // Rejects with what keeps the model from taking jobs.
        if (isHopeless(backend.state)) {
          return void (await backend.countTokens(createTrialJob().request, signal));
        }
        const admitted = admission.admit({ ...terms, cost: 0 }, signal);
        rest.wake();
        // It computed nothing: as completed its time would count as what the model takes for a job.
        (await admitted).release("failed");
      }),
    unload: () => rest.unload(),
    keepLoaded: (work) => rest.during(undefined, work),
    calibrate,
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

/** Notes parts of an answer as they come, every so often. */
function createPartNoter(permit: Permit | undefined): () => void {
  let notedMs = performance.now();
  return () => {
    const nowMs = performance.now();
    if (nowMs - notedMs <= noteEveryMs) return;
    notedMs = nowMs;
    permit?.notePart();
  };
}

/** Another source took its place while a request waited whose bytes were to be handed on. */
function toMovedError(name: string): WeirError {
  const message = `model ${name} is served from elsewhere since just now`;
  return new WeirError("NOT_READY", message, { retryAfterMs: 100 });
}
