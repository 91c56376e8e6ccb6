import type { ChatHooks, ChatStart } from "@weir/engine";
import { createChatCollector, toChatEvents, WeirError } from "@weir/protocol";
import { Flights } from "../cache/flights.ts";
import { jobClasses } from "../admission/job.ts";
import type { QueuedChat, QueuedChatWork } from "../models/queued-chat.ts";
import { isRepeatable, toAnswerKey, type AnswerKey } from "./answer-key.ts";
import type { AnswerStore, StoredAnswer } from "./answer-store.ts";

type Chat = QueuedChat["chat"];

/** Where an answer was found. */
export interface AnswerHit {
  /** 1 where it is the same request. */
  readonly similarity: number;
  readonly ageMs: number;
}

/** What `onStart` is given for an answer from the cache, so that its head can say so. */
export interface CachedChatStart extends ChatStart {
  readonly answer?: AnswerHit;
}

/** What the cache did for one model since the start, in requests. */
export type AnswerCounts = Record<"exact" | "semantic" | "shared" | "misses" | "passed", number>;

export function createAnswerCounts(): AnswerCounts {
  return { exact: 0, semantic: 0, shared: 0, misses: 0, passed: 0 };
}

export interface CachedChatParts {
  readonly store: AnswerStore;
  readonly counts: AnswerCounts;
  /** What computes: another revision's answers are not this one's. */
  readonly revision: () => string;
  /** Undefined: only the same request has the same answer. */
  readonly semantic?: {
    /** The vector of a text, of length 1. */
    readonly embed: (text: string, signal: AbortSignal) => Promise<Float32Array>;
    /** Least cosine of two texts that have the same answer. */
    readonly threshold: number;
  };
  readonly nowMs: () => number;
  /** Admission and all that is behind it. */
  readonly compute: Chat;
}

interface Done {
  readonly answer: StoredAnswer;
  readonly work: QueuedChatWork;
}

/**
 * Puts a cache of whole answers before a chat model. Only requests whose answer is the same each time are looked up
 * ({@link isRepeatable}); answers that failed or were cancelled are never kept. Who asks for what is being computed waits for it.
 */
export function cacheAnswers(parts: CachedChatParts): Chat {
  const { store, counts, semantic, nowMs, compute } = parts;
  const flights = new Flights<Done>();

  const replay = (
    { result, storedAtMs }: StoredAnswer,
    similarity: number,
    hooks: ChatHooks,
  ): QueuedChatWork => {
    const { inputTokens, outputTokens } = result.finish.usage;
    const start: CachedChatStart = {
      inputTokens,
      cachedInputTokens: inputTokens,
      answer: { similarity, ageMs: Math.max(0, nowMs() - storedAtMs) },
    };
    hooks.onStart?.(start);
    // Nothing of the prompt was computed; nobody measured times that there were not.
    const usage = { ...result.finish.usage, cachedInputTokens: inputTokens };
    const { timing: _timing, ...finish } = result.finish;
    hooks.onEvents(toChatEvents({ ...result, finish: { ...finish, usage } }));
    const none = { waitMs: 0, restoreMs: 0, promptMs: 0, generationMs: 0, queueMs: 0, loadMs: 0 };
    return { inputTokens, cachedInputTokens: inputTokens, outputTokens, reuse: "none", ...none };
  };

  async function findVector(key: AnswerKey, signal: AbortSignal): Promise<Float32Array | undefined> {
    if (semantic === undefined || key.prefix === undefined || key.lastTurn === "") return undefined;
    try {
      return await semantic.embed(key.lastTurn, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // Without a vector it is a miss: an answer is worth more than a saving.
      return undefined;
    }
  }

  return async (job, terms, hooks, signal) => {
    if (!isRepeatable(job.request)) {
      counts.passed += 1;
      return compute(job, terms, hooks, signal);
    }
    const revision = parts.revision();
    const key = toAnswerKey(revision, job.agent, job.request);
    const found = store.find(key.exact);
    if (found !== undefined) {
      counts.exact += 1;
      return replay(found, 1, hooks);
    }
    const vector = await findVector(key, signal);
    if (vector !== undefined && key.prefix !== undefined) {
      const alike = store.findAlike(key.prefix, vector, semantic!.threshold);
      if (alike !== undefined) {
        counts.semantic += 1;
        return replay(alike, alike.similarity, hooks);
      }
    }
    const rank = jobClasses.indexOf(terms.class ?? "normal");
    const running = flights.find(key.exact, rank);
    if (running !== undefined) {
      try {
        const { answer } = await flights.join(running, signal);
        counts.shared += 1;
        return replay(answer, 1, hooks);
      } catch (error) {
        if (signal.aborted) throw error;
        // What the other failed of may lie in its own deadline or place in the queue.
        counts.misses += 1;
        return compute(job, terms, hooks, signal);
      }
    }
    counts.misses += 1;
    const flight = flights.begin(new Set([key.exact]), rank, async (flightSignal) => {
      const collector = createChatCollector();
      const watching: ChatHooks = {
        onStart: (start) => {
          if (!signal.aborted) hooks.onStart?.(start);
        },
        onEvents: (events) => {
          collector.add(events);
          // Others may wait for it still when the one who asked first has gone.
          if (!signal.aborted) hooks.onEvents(events);
        },
      };
      const work = await compute(job, terms, watching, flightSignal);
      if (flightSignal.aborted) throw new WeirError("CANCELLED", "the answer was cancelled");
      const result = collector.result();
      if (parts.revision() === revision) store.keep(key.exact, key.prefix, vector, result);
      return { work, answer: { result, storedAtMs: nowMs() } };
    });
    return (await flights.join(flight, signal)).work;
  };
}
