import { setTimeout as delay } from "node:timers/promises";
import { toWeirError, WeirError } from "@weir/protocol";
import type { NativeContext, NativeSampler } from "../llama/addon.ts";
import type { BatchTime, ThreadGovernor } from "./thread-governor.ts";
import { planStep, type PlannedAnswer, type Step } from "./plan-step.ts";

/** What one sequence of the context holds. The loop alone writes into it. */
export interface SequenceTokens {
  readonly id: number;
  tokens: number[];
}

/** One answer that is to be computed in a sequence which holds a beginning of its prompt, and not all of it. */
interface Generation {
  readonly sequence: SequenceTokens;
  readonly prompt: Uint32Array;
  readonly rank: number;
  readonly sampler: NativeSampler;
  readonly signal: AbortSignal;
  /** Tokens that may follow those given, best guess first to last. They cost little where they turn out right. */
  guess(most: number): readonly number[] | Promise<readonly number[]>;
  /** Takes the tokens of one step. Returns whether more are wanted. */
  take(tokens: readonly number[]): boolean;
  /** Hands on what came of `take`; called once for each step, before the next one. */
  deliver(): void;
}

/** The one place that calls the context: batch after batch, and between them what was asked for. */
export interface BatchLoop {
  /** Resolves when `take` wants no more. Rejects with CANCELLED within one batch after its signal fired, and ENGINE_FAILED. */
  run(generation: Generation): Promise<void>;
  /** Runs something while no batch is computed. */
  between<T>(operation: () => T | Promise<T>): Promise<T>;
  /** Fails what is under way with CANCELLED and resolves when the context is no longer used. */
  close(): Promise<void>;
}

interface Running extends Generation {
  last: number;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * For how long at most nothing is computed on a processor when an answer has begun. Its first token is what somebody waits for, and
 * each process on its way would wait for a core that computes the second; two such waits were found to take 3 to 6 ms, and
 * the way itself 1.5 ms, seldom 3.
 */
const [leastHeadStartMs, mostHeadStartMs] = [1, 3];
/** Between them, as a part of the time that the prompt's last batch took: small models are not held up by it. */
const headStartShare = 0.05;

/** Guesses of one step, over all answers: more make a batch dear without making it much better. */
const mostGuesses = 8;

export interface BatchLoopOptions {
  /** Where prompts are cut; a batch never has more tokens. */
  readonly chunkTokens: number;
  /** Of one sequence. */
  readonly contextTokens: number;
  /** How many of the tokens before a batch of a prompt are better computed once more with it. @default none */
  readonly repeated?: ((count: number, position: number) => number) | undefined;
  /** Whether batches are computed on the cores that hand tokens on. */
  readonly sharesCores: boolean;
  /** Undefined: as many threads compute as the context was made with. */
  readonly governor?: ThreadGovernor | undefined;
  /** Called between batches when another number of threads is to compute. */
  readonly onThreads?: (threads: number) => void;
}

export function createBatchLoop(
  context: NativeContext,
  { chunkTokens, contextTokens, repeated = () => 0, sharesCores, governor, onThreads }: BatchLoopOptions,
): BatchLoop {
  let running: Running[] = [];
  const operations: (() => Promise<void>)[] = [];
  const deliveries: (() => void)[] = [];
  let sinceChunk = 0;
  let turning: Promise<void> | undefined;
  let closed = false;

  function wake(): void {
    turning ??= turn().finally(() => {
      turning = undefined;
      if (running.length > 0 || operations.length > 0) wake();
    });
  }

  async function turn(): Promise<void> {
    // What is asked for in the same moment shares the first batch.
    await Promise.resolve();
    for (;;) {
      for (let next = operations.shift(); next !== undefined; next = operations.shift()) await next();
      dropCancelled();
      const step = planStep(running.map(toPlanned), sinceChunk, chunkTokens);
      if (step === undefined) break;
      await compute(step);
    }
    deliverAll();
  }

  async function compute(step: Step): Promise<void> {
    const parts = step.kind === "prompt" ? readPrompt(step.index, step.count) : await guessOn(step.indexes);
    sinceChunk = step.kind === "prompt" ? 0 : sinceChunk + 1;
    let logits: readonly Uint32Array[];
    const startedAtMs = performance.now();
    try {
      context.initBatch(parts.reduce((sum, { tokens }) => sum + tokens.length, 0));
      logits = parts.map(({ generation, tokens, logitsOf }) =>
        context.addToBatch(generation.sequence.id, generation.sequence.tokens.length, tokens, logitsOf),
      );
      const watched = governor === undefined ? undefined : startWatch();
      await context.decodeBatch();
      if (watched !== undefined && governor?.note(watched(), performance.now()) === true)
        onThreads?.(governor.threads);
    } catch (error) {
      for (const { generation } of parts) fail(generation, error);
      return;
    }
    const batchMs = performance.now() - startedAtMs;
    for (const { generation, tokens } of parts)
      for (const token of tokens) generation.sequence.tokens.push(token);
    await Promise.all(
      parts.map(async (part, index) => {
        try {
          await sampleAll(part, logits[index] ?? new Uint32Array());
        } catch (error) {
          fail(part.generation, error);
        }
      }),
    );
    // Before the next batch has every core: whoever hands tokens on would wait for one of its threads to yield.
    deliverAll();
    const begun = parts.some(
      ({ generation, logitsOf }) => logitsOf.length > 0 && running.includes(generation),
    );
    if (step.kind === "prompt" && begun && sharesCores) await delay(toHeadStartMs(batchMs));
  }

  function readPrompt(index: number, count: number): readonly Part[] {
    const generation = running[index];
    if (generation === undefined) return [];
    const end = generation.sequence.tokens.length + count;
    stepBack(generation.sequence, repeated(count, end - count));
    const tokens = generation.prompt.subarray(generation.sequence.tokens.length, end);
    const isLast = end === generation.prompt.length;
    return [{ generation, tokens, logitsOf: isLast ? Uint32Array.of(tokens.length - 1) : new Uint32Array() }];
  }

  function stepBack(sequence: SequenceTokens, count: number): void {
    const length = sequence.tokens.length - count;
    // A model that cannot take tokens back goes on from where it is.
    if (count > 0 && context.removeTokenCellsFromSequence(sequence.id, length, -1))
      sequence.tokens.length = length;
  }

  async function guessOn(indexes: readonly number[]): Promise<readonly Part[]> {
    const share = Math.floor(mostGuesses / indexes.length);
    const parts: Part[] = [];
    for (const generation of indexes.map((index) => running[index])) {
      if (generation === undefined) continue;
      try {
        const most = Math.min(share, contextTokens - generation.sequence.tokens.length - 1);
        const guessed = most <= 0 ? [] : await generation.guess(most);
        const tokens = Uint32Array.of(generation.last, ...guessed);
        parts.push({ generation, tokens, logitsOf: Uint32Array.from(tokens.keys()) });
      } catch (error) {
        fail(generation, error);
      }
    }
    return parts;
  }

  /** Samples token after token as long as what was guessed is what comes out. */
  async function sampleAll({ generation, tokens }: Part, logits: Uint32Array): Promise<void> {
    if (logits.length === 0) return;
    const { sequence } = generation;
    const sampled: number[] = [];
    for (const [index, at] of logits.entries()) {
      const token = await context.sampleToken(at, generation.sampler);
      if (token < 0) throw new Error("the sampler found no token that may come next");
      sampled.push(token);
      if (token !== tokens[index + 1]) break;
    }
    const wrong = logits.length - sampled.length;
    if (wrong > 0) {
      const length = sequence.tokens.length - wrong;
      if (!context.removeTokenCellsFromSequence(sequence.id, length, -1))
        throw new Error("this model cannot take back tokens that were guessed");
      sequence.tokens.length = length;
    }
    generation.last = sampled.at(-1) ?? 0;
    const goesOn = generation.take(sampled);
    if (!goesOn) running = running.filter((each) => each !== generation);
    deliveries.push(() => {
      if (generation.signal.aborted && goesOn) return;
      try {
        generation.deliver();
        if (!goesOn) generation.resolve();
      } catch (error) {
        end(generation, toWeirError(error));
      }
    });
  }

  function dropCancelled(): void {
    for (const generation of running) if (closed || generation.signal.aborted) end(generation, cancelled());
  }

  // What its sequence holds is not known any more.
  function fail(generation: Running, error: unknown): void {
    if (!running.includes(generation)) return;
    context.disposeSequence(generation.sequence.id);
    generation.sequence.tokens = [];
    const reason = error instanceof Error ? error.message : String(error);
    end(generation, new WeirError("ENGINE_FAILED", `llama.cpp failed: ${reason}`, { cause: error }));
  }

  function end(generation: Running, error: WeirError): void {
    running = running.filter((each) => each !== generation);
    generation.reject(error);
  }

  function deliverAll(): void {
    for (const deliver of deliveries.splice(0)) deliver();
  }

  return {
    run: async (generation) =>
      new Promise((resolve, reject) => {
        if (closed || generation.signal.aborted) return reject(cancelled());
        running.push({ ...generation, last: 0, resolve, reject });
        wake();
      }),
    between: async (operation) =>
      new Promise((resolve, reject) => {
        operations.push(async () => {
          try {
            resolve(await operation());
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
        wake();
      }),
    close: async () => {
      closed = true;
      while (turning !== undefined) await turning;
    },
  };
}

function toHeadStartMs(batchMs: number): number {
  return Math.min(mostHeadStartMs, Math.max(leastHeadStartMs, Math.round(headStartShare * batchMs)));
}

function startWatch(): () => BatchTime {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { wallMs: performance.now() - startedAtMs, cpuMs: (user + system) / 1_000 };
  };
}

/** What one answer has in a batch. */
interface Part {
  readonly generation: Running;
  readonly tokens: Uint32Array;
  /** Indexes into `tokens`. */
  readonly logitsOf: Uint32Array;
}

function toPlanned({ rank, sequence, prompt }: Running): PlannedAnswer {
  const position = sequence.tokens.length;
  return { rank, position, promptLeft: Math.max(0, prompt.length - position) };
}

function cancelled(): WeirError {
  return new WeirError("CANCELLED", "the answer is no longer wanted");
}
