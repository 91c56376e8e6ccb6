import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { WeirError, type ChatRequest, type ChatUsage } from "@weir/protocol";
import type {
  ChatEngine,
  ChatHooks,
  ChatJob,
  ChatModelInfo,
  ChatModelSpec,
  ChatWork,
} from "../chat-engine.ts";
import { EchoAgents } from "./echo-agents.ts";
import { findEcho, planEcho, renderEchoPrompt, toWords } from "./echo-answer.ts";
import { resolveEchoChatOptions, type EchoChatOptions } from "./echo-chat-options.ts";

/**
 * A chat engine for tests, exact to predict: a token is a word with the blanks before it, and the answer is the last message. It
 * needs no files (`path` is not read), takes the time it is told to take, calls the tool that it must call with example
 * values, remembers conversations by their words, and fails or dies when it is told to. This module is a ChatEngineModule.
 */
export async function createChatEngine(spec: ChatModelSpec, signal: AbortSignal): Promise<ChatEngine> {
  const options = resolveEchoChatOptions(spec);
  if (options.loadMs > 0) await delay(options.loadMs, undefined, { signal });
  const engine = new EchoChatEngine(spec, options);
  await engine.agents.load();
  return engine;
}

interface Waiting {
  readonly rank: number;
  readonly start: () => void;
}

class EchoChatEngine implements ChatEngine {
  readonly info: ChatModelInfo;
  readonly agents: EchoAgents;
  readonly #options: EchoChatOptions;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #closed = false;

  constructor(spec: ChatModelSpec, options: EchoChatOptions) {
    this.#options = options;
    this.info = describeEchoChat(spec);
    this.agents = new EchoAgents(spec.memory, this.info.sequences, this.info.kvCapacityTokens);
  }

  get stats(): ChatEngine["stats"] {
    return this.agents.stats;
  }

  async chat(job: ChatJob, hooks: ChatHooks, signal: AbortSignal): Promise<ChatWork> {
    const cameMs = performance.now();
    const prompt = toWords(renderEchoPrompt(job.request));
    this.#check(job.request, prompt);
    const unlisten = await this.#takeSequence(job.rank, signal);
    try {
      return await this.#answer(job, prompt, hooks, { signal, waitMs: performance.now() - cameMs });
    } finally {
      unlisten();
    }
  }

  countTokens(request: ChatRequest): number {
    return toWords(renderEchoPrompt(request)).length;
  }

  listAgents(keyId?: string): ReturnType<ChatEngine["listAgents"]> {
    return this.agents.list(keyId);
  }

  saveAgent(keyId: string, id: string): ReturnType<ChatEngine["saveAgent"]> {
    return this.agents.save(keyId, id);
  }

  async deleteAgent(keyId: string, id: string): Promise<boolean> {
    return this.agents.delete(keyId, id);
  }

  persist(): Promise<void> {
    return this.agents.persist();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  #check(request: ChatRequest, prompt: readonly string[]): void {
    if (this.#closed) throw new WeirError("ENGINE_FAILED", "the echo chat engine was disposed of");
    const { failText } = this.#options;
    if (failText !== undefined && findEcho(request).includes(failText)) {
      throw new WeirError("ENGINE_FAILED", `the last message has ${failText}, on which this engine fails`);
    }
    if (prompt.length < this.info.contextTokens) return;
    const message = `expected a prompt of fewer than ${this.info.contextTokens} tokens, got ${prompt.length}`;
    throw new WeirError("INPUT_TOO_LONG", message, { field: "messages" });
  }

  async #answer(
    { request, agent: asked, isTrial = false }: ChatJob,
    prompt: readonly string[],
    hooks: ChatHooks,
    { signal, waitMs }: { readonly signal: AbortSignal; readonly waitMs: number },
  ): Promise<ChatWork> {
    const { answer, crashText, crashAfterTokens, slowText } = this.#options;
    const isSlow = slowText === undefined || prompt.join("").includes(slowText);
    const { promptTokensPerMs, tokenGapMs } = isSlow ? this.#options : atOnce;
    const { agent, cachedTokens, reuse, divergedAt } = this.agents.recall(asked, prompt, !isTrial);
    const start = { inputTokens: prompt.length, cachedInputTokens: cachedTokens };
    hooks.onStart?.(start);
    const crashes = crashText !== undefined && prompt.join("").includes(crashText);
    if (crashes && crashAfterTokens === 0) endProcess();
    const startedMs = performance.now();
    const readMs = promptTokensPerMs === 0 ? 0 : (prompt.length - cachedTokens) / promptTokensPerMs;
    await wait(readMs, signal);
    const promptMs = performance.now() - startedMs;
    const { steps, reason } = planEcho(request, answer, this.info.contextTokens - prompt.length);
    const said: string[] = [];
    for (const [index, events] of steps.entries()) {
      if (index > 0) await wait(tokenGapMs, signal);
      if (crashes && index >= crashAfterTokens) endProcess();
      for (const event of events) if (event.kind === "text") said.push(event.text);
      if (index < steps.length - 1) hooks.onEvents(events);
    }
    const generationMs = performance.now() - startedMs - promptMs;
    const usage: ChatUsage = { ...start, outputTokens: steps.length, reasoningTokens: 0 };
    const timing = { totalMs: performance.now() - startedMs, loadMs: 0, promptMs, generationMs };
    const finish = { reason, usage, timing };
    this.agents.keep(agent, [...prompt, ...said]);
    hooks.onEvents([...(steps.at(-1) ?? []), { kind: "finish", finish }]);
    return {
      ...start,
      outputTokens: steps.length,
      reuse,
      waitMs,
      restoreMs: 0,
      promptMs,
      generationMs,
      ...(divergedAt === undefined ? {} : { divergedAt }),
    };
  }

  /** Resolves with what gives it back. */
  async #takeSequence(rank: number, signal: AbortSignal): Promise<() => void> {
    const giveBack = (): void => {
      this.#running--;
      const next = this.#waiting.toSorted((a, b) => a.rank - b.rank)[0];
      if (next === undefined) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      next.start();
    };
    throwIfCancelled(signal);
    if (this.#running >= this.info.sequences) {
      await new Promise<void>((resolve, reject) => {
        const waiting: Waiting = { rank, start: resolve };
        this.#waiting.push(waiting);
        signal.addEventListener(
          "abort",
          () => {
            const at = this.#waiting.indexOf(waiting);
            if (at < 0) return;
            this.#waiting.splice(at, 1);
            reject(cancelled());
          },
          { once: true },
        );
      });
    }
    this.#running++;
    return giveBack;
  }
}

const atOnce = { promptTokensPerMs: 0, tokenGapMs: 0 };

function describeEchoChat(spec: ChatModelSpec): ChatModelInfo {
  const { contextTokens = 8_192, sequences = 4, kvType = "f16" } = spec;
  return {
    contextTokens,
    sequences,
    kvCapacityTokens: contextTokens * sequences,
    kvType,
    kvBytes: 0,
    vocabularySize: 0,
    device: "cpu",
    precision: "none",
    reference: false,
    weightBytes: 0,
    architecture: "echo",
    toolFormat: "echo",
  };
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  throwIfCancelled(signal);
  try {
    await (ms > 0 ? delay(ms, undefined, { signal }) : turn(undefined, { signal }));
  } catch {
    throw cancelled();
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

function cancelled(): WeirError {
  return new WeirError("CANCELLED", "the answer was cancelled");
}

/** No exit handler, no last words: what a fault in native code looks like from outside. */
function endProcess(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
}
