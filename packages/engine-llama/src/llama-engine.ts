import type { ChatEngine, ChatHooks, ChatJob, ChatModelInfo, ChatModelSpec, ChatWork } from "@weir/engine";
import { WeirError, type ChatEvent, type ChatRequest } from "@weir/protocol";
import { createAnswer } from "./generate/answer.ts";
import { createBatchLoop } from "./generate/batch-loop.ts";
import { resolveSamplingDefaults, toSamplerConfig } from "./generate/sampling.ts";
import { createSequenceSlots } from "./generate/sequence-slots.ts";
import { chunkTokens, loadLlama, type LoadedLlama } from "./llama/load-llama.ts";
import { describePrecision, kvTokenBytes, readFact, readTextFact } from "./llama/model-info.ts";
import { createTokenBytes } from "./llama/token-bytes.ts";
import { createConversationMemory } from "./memory/conversation-memory.ts";
import { createPlainFormat } from "./plain-format.ts";

/** Opens a .gguf model for chat. */
export async function createChatEngine(spec: ChatModelSpec, signal: AbortSignal): Promise<ChatEngine> {
  const loaded = await loadLlama(spec, signal);
  const { native, facts, contextTokens } = loaded;
  const loop = createBatchLoop(native.context, chunkTokens);
  const slots = createSequenceSlots(native.context, loop, loaded.sequences, contextTokens);
  const memory = await createConversationMemory({
    slots,
    poolCapacityTokens: contextTokens * slots.length,
  });
  const format = createPlainFormat();
  const tokenBytes = createTokenBytes(native.model, readTextFact(facts, "tokenizer.ggml.model") ?? "");
  const architecture = readTextFact(facts, "general.architecture") ?? "";
  const recommended = readFact(facts, "general.sampling");
  const sampling = resolveSamplingDefaults(
    architecture,
    typeof recommended === "object" && recommended !== null ? { ...recommended } : {},
  );
  const endTokens = listEndTokens(loaded);
  const isEnd = new Set(endTokens);

  function toPrompt(request: ChatRequest): Uint32Array {
    if (request.rawPrompt !== undefined) {
      const { shouldPrependBosToken, bos } = loaded.model.tokens;
      const tokens = native.model.tokenize(request.rawPrompt, true);
      return shouldPrependBosToken && bos !== null && tokens[0] !== bos
        ? Uint32Array.of(bos, ...tokens)
        : tokens;
    }
    const pieces = format
      .render(request)
      .pieces.map(({ text, special }) => native.model.tokenize(text, special));
    return Uint32Array.from(pieces.flatMap((each) => [...each]));
  }

  async function chat(job: ChatJob, hooks: ChatHooks, jobSignal: AbortSignal): Promise<ChatWork> {
    const { request } = job;
    const prompt = toPrompt(request);
    if (prompt.length >= contextTokens)
      throw new WeirError(
        "INPUT_TOO_LONG",
        `expected a prompt of at most ${contextTokens - 1} tokens, got ${prompt.length}. Shorten the conversation, or start the server with a larger --context.`,
      );
    const grammar = request.rawPrompt === undefined ? format.compileGrammar(request) : undefined;
    const startedAtMs = performance.now();
    const lease = await memory.acquire({ agent: job.agent, prompt, rank: job.rank }, jobSignal);
    const sampler = native.createSampler();
    let intact = false;
    try {
      const cachedInputTokens = lease.reusedTokens;
      sampler.applyConfig(
        toSamplerConfig(request, sampling, {
          seed: Math.floor(Math.random() * 2 ** 32),
          banned: request.ignoreEos && grammar === undefined ? endTokens : [],
          grammarState: grammar === undefined ? undefined : native.createGrammarState(grammar),
        }),
      );
      const parser = request.rawPrompt === undefined ? format.createParser(request) : plainParser;
      const answer = createAnswer({
        tokenBytes,
        isEnd: (token) => isEnd.has(token),
        showsControls: request.rawPrompt === undefined,
        parser,
        stop: request.stop,
        turnEnds: request.ignoreEos ? [] : format.stopTexts,
        maxTokens: request.maxTokens ?? Number.POSITIVE_INFINITY,
        roomTokens: contextTokens - prompt.length,
      });
      let firstAtMs: number | undefined;
      const readyAtMs = performance.now();
      const counts = { inputTokens: prompt.length, cachedInputTokens };
      hooks.onStart?.(counts);
      await loop.run({
        sequence: slots.find((slot) => slot === lease.slot) ?? unknownSlot(),
        prompt,
        rank: job.rank,
        sampler,
        signal: jobSignal,
        take: (tokens) => {
          firstAtMs ??= performance.now();
          return answer.take(tokens);
        },
        deliver: () => {
          const events: ChatEvent[] = [...answer.drain()];
          if (answer.reason !== undefined) {
            const endMs = performance.now();
            events.push({
              kind: "finish",
              finish: {
                reason: answer.reason,
                usage: {
                  ...counts,
                  outputTokens: answer.outputTokens,
                  reasoningTokens: answer.reasoningTokens,
                },
                timing: {
                  totalMs: endMs - startedAtMs,
                  loadMs: 0,
                  promptMs: (firstAtMs ?? endMs) - readyAtMs,
                  generationMs: endMs - (firstAtMs ?? endMs),
                },
              },
            });
          }
          if (events.length > 0) hooks.onEvents(events);
        },
      });
      intact = true;
      const endMs = performance.now();
      return {
        ...counts,
        outputTokens: answer.outputTokens,
        reuse: lease.reuse,
        waitMs: lease.waitMs,
        restoreMs: lease.restoreMs,
        promptMs: (firstAtMs ?? endMs) - readyAtMs,
        generationMs: endMs - (firstAtMs ?? endMs),
        ...(lease.divergedAt === undefined ? {} : { divergedAt: lease.divergedAt }),
      };
    } finally {
      sampler.dispose();
      lease.release({ intact, turn: intact });
    }
  }

  return {
    info: describeModel(loaded),
    get stats() {
      return memory.stats;
    },
    chat,
    countTokens: (request) => toPrompt(request).length,
    listAgents: (keyId) => memory.listAgents(keyId),
    saveAgent: async (keyId, id) => memory.saveAgent(keyId, id),
    deleteAgent: async (keyId, id) => memory.deleteAgent(keyId, id),
    persist: async (persistSignal) => memory.persist(persistSignal),
    [Symbol.asyncDispose]: async () => {
      await loop.close();
      await memory[Symbol.asyncDispose]();
      await loaded[Symbol.asyncDispose]();
    },
  };
}

function unknownSlot(): never {
  throw new Error("the memory of conversations gave a sequence that is none of this context");
}

const plainParser = {
  push: (text: string): readonly ChatEvent[] => [{ kind: "text", text }],
  end: (): readonly ChatEvent[] => [],
};

function describeModel(loaded: LoadedLlama): ChatModelInfo {
  const { facts, contextTokens, sequences, kvType, runtime, model, native } = loaded;
  return {
    contextTokens,
    sequences,
    kvCapacityTokens: contextTokens * sequences,
    kvType,
    kvBytes: kvTokenBytes(facts, kvType) * contextTokens * sequences,
    vocabularySize: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
    device: runtime.device,
    precision: describePrecision(facts, undefined),
    reference: readFact(facts, "weir.reference") === true,
    weightBytes: loaded.weightBytes,
    architecture: readTextFact(facts, "general.architecture") ?? "unknown",
    parameters: native.model.getTotalParameters(),
    toolFormat: "chatml",
  };
}

function listEndTokens({ model, native }: LoadedLlama): readonly number[] {
  const ends: number[] = [];
  const size = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  for (let token = 0; token < size; token += 1) if (native.model.isEogToken(token)) ends.push(token);
  return ends;
}
