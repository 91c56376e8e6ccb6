import type { ChatEngine, ChatModelSpec, ChatWork } from "@weir/engine";
import type { ChatMessage, ChatRequest } from "@weir/protocol";
import { checkLength, refuseFarTooLong } from "./check-length.ts";
import { enforceGrammar } from "./enforce-grammar.ts";
import { createAnswer } from "./generate/answer.ts";
import { createAnswerClock } from "./generate/answer-clock.ts";
import { createBatchLoop, type BatchLoopOptions } from "./generate/batch-loop.ts";
import { resolveSamplingDefaults, toSamplerConfig } from "./generate/sampling.ts";
import { createSamplerPool } from "./generate/sampler-pool.ts";
import { createSequenceSlots, type LlamaSlot } from "./generate/sequence-slots.ts";
import { countRepeated, readMatrixCost } from "./generate/short-batch.ts";
import { createThreadGovernor } from "./generate/thread-governor.ts";
import { describeModel } from "./describe-model.ts";
import type { NativeSampler } from "./llama/addon.ts";
import { loadLlama, type LoadedLlama } from "./llama/load-llama.ts";
import { readTextFact } from "./llama/gguf-facts.ts";
import { createTokenBytes } from "./llama/token-bytes.ts";
import { readVocabulary } from "./llama/vocabulary.ts";
import { openChatFormat } from "./open-chat-format.ts";
import { commonPrefixTokens } from "./memory/common-prefix.ts";
import { openMemory } from "./open-memory.ts";
import { checkPrewarmLength, readPrewarm } from "./read-prewarm.ts";
import { openSpeculation } from "./speculate/open-speculation.ts";

/** Opens a .gguf model for chat. */
export async function createChatEngine(spec: ChatModelSpec, signal: AbortSignal): Promise<ChatEngine> {
  const loaded = await loadLlama(spec, signal);
  try {
    return await openEngine(spec, loaded, signal);
  } catch (error) {
    await loaded[Symbol.asyncDispose]();
    throw error;
  }
}

/** A processor computes attention in blocks only where keys and values are not quantised. */
function chooseRepeated({ runtime, kvType, facts }: LoadedLlama): BatchLoopOptions["repeated"] {
  const cost = runtime.device === "cpu" && kvType === "f16" ? readMatrixCost(facts) : undefined;
  return cost === undefined ? undefined : (count, position) => countRepeated(count, position, cost);
}

async function openEngine(
  spec: ChatModelSpec,
  loaded: LoadedLlama,
  signal: AbortSignal,
): Promise<ChatEngine> {
  const { native, facts, contextTokens } = loaded;
  const vocabulary = readVocabulary(native.model, loaded.file.vocabularySize ?? 0);
  const format = await openChatFormat(spec, facts, vocabulary);
  const tokenBytes = createTokenBytes(native.model, readTextFact(facts, "tokenizer.ggml.model") ?? "");
  const sampling = resolveSamplingDefaults(facts);
  const speculation = await openSpeculation(spec.speculate, loaded, signal);
  const loop = createBatchLoop(native.context, {
    ...loaded,
    repeated: chooseRepeated(loaded),
    sharesCores: loaded.runtime.device === "cpu",
    governor: loaded.fixedThreads ? undefined : createThreadGovernor(loaded.mostThreads, loaded.threads),
    onThreads: (threads) => {
      for (const context of loaded.contexts) context.setThreads(threads);
    },
  });
  const samplers = createSamplerPool(() => native.createSampler(), loaded.sequences);
  const slots = createSequenceSlots(native.context, loop, loaded.sequences, contextTokens);
  const info = describeModel(loaded, vocabulary, format.family);
  const opened = await openMemory(spec, loaded, slots);
  const { memory } = opened;
  const ends = new Set(vocabulary.endTokens);
  const marks = new Set(format.marks);

  function toPrompt(request: ChatRequest): {
    readonly prompt: Uint32Array;
    readonly turnEnds: readonly string[];
  } {
    const { pieces, addBos, stopTexts } = format.render(request);
    return { prompt: vocabulary.tokenize(pieces, addBos), turnEnds: stopTexts };
  }

  const countText = (text: string): number => native.model.tokenize(text, false).length;

  /** Tokens of system prompt and tools: what the prompt has in common with one that goes on differently. */
  function countPrefix(request: ChatRequest, prompt: Uint32Array): number {
    const systems = request.messages.filter(({ role }) => role === "system");
    if (spec.memory?.directory === undefined || systems.length + request.tools.length === 0) return 0;
    const other = toPrompt({ ...request, messages: [...systems, otherMessage] }).prompt;
    return commonPrefixTokens(prompt, other);
  }

  async function prewarm(path: string): Promise<void> {
    const prefixes = (await readPrewarm(path)).map((request) => {
      const { prompt } = toPrompt({ ...request, messages: [...request.messages, someMessage] });
      const other = toPrompt({ ...request, messages: [...request.messages, otherMessage] }).prompt;
      return prompt.subarray(0, commonPrefixTokens(prompt, other));
    });
    for (const [index, prefix] of prefixes.entries())
      checkPrewarmLength(path, index, prefix.length, contextTokens);
    await memory.prewarm(prefixes, computePrefix, signal);
  }

  async function computePrefix(
    sequence: LlamaSlot,
    prompt: Uint32Array,
    ofSignal: AbortSignal,
  ): Promise<void> {
    const sampler = samplers.take({ temperature: 0, seed: 0 });
    try {
      const ended = { take: () => false, guess: () => [], deliver: () => undefined };
      await loop.run({ sequence, prompt, rank: 0, sampler, signal: ofSignal, ...ended });
    } finally {
      samplers.release(sampler);
    }
  }

  const chat: ChatEngine["chat"] = async (job, hooks, jobSignal): Promise<ChatWork> => {
    const { request, rank } = job;
    const clock = createAnswerClock();
    refuseFarTooLong(request, contextTokens, countText);
    const { prompt, turnEnds } = toPrompt(request);
    checkLength(prompt.length, contextTokens);
    const roomTokens = contextTokens - prompt.length;
    const maxTokens = request.maxTokens ?? Number.POSITIVE_INFINITY;
    const budget = { maxTokens: Math.min(maxTokens, roomTokens), tight: info.reference };
    const grammar = enforceGrammar(() => format.compileGrammar(request, budget));
    const prefixTokens = countPrefix(request, prompt);
    const lease = await memory.acquire({ agent: job.agent, prompt, rank, prefixTokens }, jobSignal);
    let sampler: NativeSampler | undefined;
    let turn = false;
    try {
      const config = toSamplerConfig(request, sampling, {
        seed: Math.floor(Math.random() * 2 ** 32),
        // A grammar says itself where the answer ends.
        banned: request.ignoreEos && grammar === undefined ? vocabulary.endTokens : [],
        grammarState:
          grammar === undefined ? undefined : enforceGrammar(() => native.createGrammarState(grammar.gbnf)),
      });
      sampler = samplers.take(config);
      const answer = createAnswer({
        tokenBytes,
        isEnd: (token) => ends.has(token),
        isShown: (token) => !tokenBytes.isControl(token) || marks.has(vocabulary.textOf(token)),
        parser: format.createParser(request),
        stop: request.stop,
        turnEnds: request.ignoreEos ? [] : turnEnds,
        maxTokens,
        roomTokens,
      });
      const input = { inputTokens: prompt.length, cachedInputTokens: lease.reusedTokens };
      clock.begin();
      hooks.onStart?.(input);
      const sequence = lease.slot;
      const guesser = speculation.createGuesser(sequence.id, prompt, jobSignal);
      await loop.run({
        sequence,
        prompt,
        rank,
        sampler,
        signal: jobSignal,
        guess: (most) => guesser?.guess(most) ?? [],
        take: (tokens) => {
          clock.token();
          guesser?.add(tokens);
          return answer.take(tokens);
        },
        deliver: () => {
          const events = answer.drain();
          const { reason, outputTokens, reasoningTokens } = answer;
          if (reason !== undefined)
            events.push({
              kind: "finish",
              finish: { reason, usage: { ...input, outputTokens, reasoningTokens }, timing: clock.read() },
            });
          if (events.length > 0) hooks.onEvents(events);
        },
      });
      turn = job.isTrial !== true;
      const { promptMs, generationMs } = clock.read();
      const { reuse, waitMs, restoreMs, divergedAt } = lease;
      return {
        ...input,
        outputTokens: answer.outputTokens,
        reuse,
        waitMs,
        restoreMs,
        promptMs,
        generationMs,
        ...(divergedAt === undefined ? {} : { divergedAt }),
      };
    } finally {
      if (sampler !== undefined) samplers.release(sampler);
      // The loop keeps `tokens` true, also when it failed: whatever they say is in the sequence.
      lease.release({ intact: true, turn });
    }
  };

  const engine: ChatEngine = {
    info,
    get stats() {
      return memory.stats;
    },
    chat,
    countTokens: (request) => {
      refuseFarTooLong(request, mostCounted * contextTokens, countText);
      return toPrompt(request).prompt.length;
    },
    listAgents: (keyId) => memory.listAgents(keyId),
    saveAgent: async (keyId, id) => memory.saveAgent(keyId, id),
    deleteAgent: async (keyId, id) => memory.deleteAgent(keyId, id),
    persist: async (persistSignal) => memory.persist(persistSignal),
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await loop.close();
      samplers[Symbol.dispose]();
      await speculation[Symbol.asyncDispose]();
      await loaded[Symbol.asyncDispose]();
    },
  };
  try {
    if (spec.memory?.prewarm !== undefined) await prewarm(spec.memory.prewarm);
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return engine;
}

/** Prompts of so many times the context are counted still, for clients that are about to shorten them. */
const mostCounted = 16;

/** Two messages that begin differently. */
const someMessage: ChatMessage = { role: "user", parts: [{ kind: "text", text: "a" }] };
const otherMessage: ChatMessage = { role: "user", parts: [{ kind: "text", text: "7" }] };
