import type { ChatHooks } from "@weir/engine";
import { createChatCollector, toChatEvents, WeirError } from "@weir/protocol";
import { jobClasses } from "../admission/job.ts";
import { Flights, type Flight } from "../cache/flights.ts";
import type { JobTerms } from "../models/queued-backend.ts";
import type { QueuedChat, QueuedChatWork } from "../models/queued-chat.ts";
import type { AnswerCounts } from "./answer-cache.ts";
import { toHitHooks, toHitWork, type CachedChatStart } from "./answer-hit.ts";
import { isRepeatable, toExactKey, toLastTurn, type LastTurn } from "./answer-key.ts";
import type { AnswerStore, StoredAnswer } from "./answer-store.ts";
import { GrowingAnswer } from "./growing-answer.ts";

type Chat = QueuedChat["chat"];

/** What a text means. */
export interface TextMeaning {
  /** Of length 1. */
  readonly vector: Float32Array;
  /** What made it: vectors of different spaces cannot be compared. */
  readonly space: string;
}

export interface CachedChatParts {
  readonly store: AnswerStore;
  readonly counts: AnswerCounts;
  /** What computes: another revision's answers are not this one's. Undefined where nobody can say, and nothing is kept. */
  readonly revision: () => Promise<string | undefined>;
  /** Undefined: only the same request has the same answer. */
  readonly semantic?: {
    /** Undefined where it cannot be had just now. */
    readonly embed: (text: string, terms: JobTerms, signal: AbortSignal) => Promise<TextMeaning | undefined>;
    /** Least cosine of two texts that have the same answer. */
    readonly threshold: number;
  };
  readonly nowMs: () => number;
  /** Admission and all that is behind it. */
  readonly compute: Chat;
}

/** How what was said last is found again by its meaning. */
interface Likeness {
  readonly prefix: string;
  readonly vector: Float32Array;
}

/**
 * Puts a cache of whole answers before a chat model. Only requests whose answer is the same each time are looked up
 * ({@link isRepeatable}); answers that failed or were cancelled are never kept. Who asks for what is being computed
 * reads it along, unless either names a time of its own: one's deadline must not end another's answer.
 */
export function cacheAnswers(parts: CachedChatParts): Chat {
  const { store, counts, semantic, nowMs, compute } = parts;
  const flights = new Flights<QueuedChatWork>();
  const growing = new WeakMap<Flight<QueuedChatWork>, GrowingAnswer>();

  function noteSaved(work: QueuedChatWork): QueuedChatWork {
    counts.inputTokens += work.inputTokens;
    counts.outputTokens += work.outputTokens;
    return work;
  }

  function replay(
    { result, storedAtMs }: StoredAnswer,
    similarity: number,
    hooks: ChatHooks,
  ): QueuedChatWork {
    const { usage } = result.finish;
    const hit = toHitHooks(hooks, similarity, Math.max(0, nowMs() - storedAtMs));
    hit.onStart(usage);
    hit.onEvents(toChatEvents(result));
    return noteSaved(toHitWork(usage));
  }

  function findExact(key: string, hooks: ChatHooks): QueuedChatWork | undefined {
    const found = store.find(key);
    if (found === undefined) return undefined;
    counts.exact += 1;
    return replay(found, 1, hooks);
  }

  async function findLikeness(
    last: LastTurn | undefined,
    terms: JobTerms,
    signal: AbortSignal,
  ): Promise<Likeness | undefined> {
    if (semantic === undefined || last === undefined) return undefined;
    try {
      const meaning = await semantic.embed(last.text, terms, signal);
      return meaning && { prefix: `${last.prefix} ${meaning.space}`, vector: meaning.vector };
    } catch (error) {
      if (signal.aborted) throw error;
      // Without it it is a miss: an answer is worth more than a saving.
      return undefined;
    }
  }

  function findAlike(likeness: Likeness | undefined, hooks: ChatHooks): QueuedChatWork | undefined {
    const found = likeness && store.findAlike(likeness.prefix, likeness.vector, semantic!.threshold);
    if (found === undefined) return undefined;
    counts.semantic += 1;
    return replay(found, found.similarity, hooks);
  }

  /** Undefined where it failed before anything of it was told, which may lie in the other's place in the queue. */
  async function readAlong(
    flight: Flight<QueuedChatWork>,
    hooks: ChatHooks,
    signal: AbortSignal,
  ): Promise<QueuedChatWork | undefined> {
    let hasBegun = false;
    const hit = toHitHooks(hooks, 1, 0);
    const leave = growing.get(flight)!.follow({
      onStart(start) {
        hasBegun = true;
        hit.onStart(start);
      },
      onEvents: hit.onEvents,
    });
    try {
      const work = await flights.join(flight, signal);
      counts.shared += 1;
      return noteSaved(toHitWork(work));
    } catch (error) {
      if (signal.aborted || hasBegun) throw error;
      return undefined;
    } finally {
      leave();
    }
  }

  const isShared = ({ deadline }: JobTerms): boolean => deadline?.kind !== "whole";

  return async (job, terms, hooks, signal) => {
    const revision = isRepeatable(job.request) ? await parts.revision() : undefined;
    if (revision === undefined) {
      counts.passed += 1;
      return compute(job, terms, hooks, signal);
    }
    const key = toExactKey(revision, job.agent, job.request);
    const rank = jobClasses.indexOf(terms.class ?? "normal");
    const miss: ChatHooks = {
      onStart(start) {
        const missed: CachedChatStart = { ...start, answer: { kind: "miss" } };
        hooks.onStart?.(missed);
      },
      onEvents: (events) => hooks.onEvents(events),
    };
    const known = findExact(key, hooks);
    if (known !== undefined) return known;
    let likeness: Likeness | undefined;
    if (!isShared(terms) || flights.find(key, rank) === undefined) {
      const last = semantic && toLastTurn(revision, job.agent, job.request);
      likeness = await findLikeness(last, terms, signal);
      // Somebody else's may have come meanwhile.
      const found = findExact(key, hooks) ?? findAlike(likeness, hooks);
      if (found !== undefined) return found;
    }
    const running = isShared(terms) ? flights.find(key, rank) : undefined;
    if (running !== undefined) {
      const read = await readAlong(running, hooks, signal);
      if (read !== undefined) return read;
      counts.misses += 1;
      return compute(job, terms, miss, signal);
    }
    counts.misses += 1;
    const answer = new GrowingAnswer();
    const leave = answer.follow(miss);
    const flight = flights.begin(new Set(isShared(terms) ? [key] : []), rank, async (flightSignal) => {
      const watching: ChatHooks = {
        onStart: (start) => answer.begin(start),
        onEvents: (events) => answer.add(events),
      };
      const work = await compute(job, terms, watching, flightSignal);
      if (flightSignal.aborted) throw new WeirError("CANCELLED", "the answer was cancelled");
      const collector = createChatCollector();
      collector.add(answer.events);
      const result = collector.result();
      if ((await parts.revision()) === revision) {
        store.keep(key, likeness?.prefix, likeness?.vector, result);
      }
      return work;
    });
    growing.set(flight, answer);
    try {
      return await flights.join(flight, signal);
    } finally {
      leave();
    }
  };
}
