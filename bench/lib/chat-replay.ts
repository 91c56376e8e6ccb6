import { createChatEngine } from "@weir/engine-llama";
import type { ChatRequest } from "@weir/protocol";
import { getLlama } from "node-llama-cpp";
import { readGgufHead } from "../../packages/engine-llama/src/gguf/read-gguf-head.ts";
import { countRepeated, readMatrixCost } from "../../packages/engine-llama/src/generate/short-batch.ts";
import { toFacts } from "../../packages/engine-llama/src/llama/gguf-facts.ts";
import { createReplayContext, type ReplayContext } from "./replay-context.ts";

/** Where an answer to a prompt that was partly remembered parts from one to the same prompt read anew. */
export interface Divergence {
  readonly agentId: string;
  readonly turn: number;
  /** Of the answer. */
  readonly token: number;
  /** How far below its own choice the cold run saw the other token. */
  readonly marginLogits: number;
}

export interface ReplayOptions {
  readonly path: string;
  readonly threads: number;
  /** For the states of agents that no sequence holds. */
  readonly directory: string;
  readonly agents: number;
  readonly turns: number;
  readonly makeText: (name: string, tokens: number) => string;
}

export interface ReplayFindings {
  readonly answers: number;
  /** Whose beginning was read from a state file. */
  readonly fromDisk: number;
  /** That are what the replay gives. */
  readonly equal: number;
  readonly divergences: readonly Divergence[];
}

/** Where the engine cuts prompts into batches. */
const chunkTokens = 256;
const contextTokens = 4096;
const sequences = 4;
const answerTokens = 16;
const never = new AbortController().signal;

/**
 * Agents take turns with an engine that has fewer sequences than there are agents. Each answer is computed twice again by
 * llama.cpp's own calls, from an empty sequence: in the batches in which this conversation was ever computed, and in those of
 * one who reads the whole prompt.
 */
export async function compareWithReplay(options: ReplayOptions): Promise<ReplayFindings> {
  const { path, threads, directory, agents, turns, makeText } = options;
  const memory = { directory, diskBytes: 4_000_000_000 };
  const spec = { path, device: "cpu", threads, contextTokens, sequences, memory } as const;
  await using engine = await createChatEngine(spec, never);
  const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads });
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createContext({
    sequences,
    contextSize: contextTokens,
    batchSize: chunkTokens,
    swaFullCache: true,
    flashAttention: true,
    threads: { ideal: threads, min: threads },
  });
  const matrixCost = readMatrixCost(toFacts(await readGgufHead(path)))!;
  const replay = createReplayContext(llama, model, context);
  /** Per agent: what was said, and the batches that made what is remembered of it. */
  const talks = Array.from({ length: agents }, () => ({ text: "", batches: [] as Batch[] }));
  const divergences: Divergence[] = [];
  let equal = 0;
  let fromDisk = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [index, talk] of talks.entries()) {
      const agentId = `agent ${index}`;
      const prompt = `${talk.text}\nuser: ${makeText(`${agentId} turn ${turn}`, turn === 0 ? 120 : 30)}\nassistant:`;
      let answer = "";
      const work = await engine.chat(
        { request: toRequest(prompt), agent: { keyId: "", id: agentId }, rank: 0 },
        {
          onEvents: (events) => {
            for (const event of events) if (event.kind === "text") answer += event.text;
          },
        },
        never,
      );
      if (work.reuse === "disk") fromDisk += 1;
      const tokens = model.tokenize(prompt, true);
      if (tokens.length !== work.inputTokens)
        throw new Error(`the engine read ${work.inputTokens} tokens, llama.cpp ${tokens.length}`);
      const whole = Uint32Array.from(tokens);
      const kept = keepBatches(talk.batches, work.cachedInputTokens);
      const warm = await answerTo(replay, readOn(kept, whole, work.cachedInputTokens, matrixCost));
      const cold = await answerTo(replay, readOn([], whole, 0, matrixCost), warm.tokens);
      // The end of a character that is not whole is not shown.
      const said = model.detokenize([...warm.tokens] as never[], true).replace(/\uFFFD+$/, "");
      if (said === answer.replace(/\uFFFD+$/, "")) equal += 1;
      if (cold.marginLogits !== undefined)
        divergences.push({ agentId, turn, token: cold.tokens.length, marginLogits: cold.marginLogits });
      talk.batches = warm.batches;
      talk.text = prompt + answer;
    }
  }
  await llama.dispose();
  return { answers: agents * turns, fromDisk, equal, divergences };
}

/** Tokens that were computed together, and how many of them are still remembered. */
interface Batch {
  readonly tokens: Uint32Array;
  readonly keep: number;
}

/**
 * The batches of what is still remembered of a conversation: so many tokens. What is cut off was computed beside the rest of
 * its batch, and the size of a batch decides how it is computed.
 */
function keepBatches(batches: readonly Batch[], tokens: number): Batch[] {
  const kept: Batch[] = [];
  let left = tokens;
  for (const batch of batches) {
    if (left === 0) break;
    const keep = Math.min(left, batch.keep);
    kept.push({ tokens: batch.tokens, keep });
    left -= keep;
  }
  return kept;
}

/** What is kept, and the rest of a prompt in batches as the engine cuts it. */
function readOn(kept: readonly Batch[], prompt: Uint32Array, from: number, matrixCost: number): Batch[] {
  let batches = [...kept];
  for (let at = from; at < prompt.length;) {
    const end = Math.min(prompt.length, at + chunkTokens - (at % chunkTokens));
    const start = at - countRepeated(end - at, at, matrixCost);
    if (start < at) batches = keepBatches(batches, start);
    batches.push(toBatch(prompt.slice(start, end)));
    at = end;
  }
  return batches;
}

function toBatch(tokens: Uint32Array): Batch {
  return { tokens, keep: tokens.length };
}

interface Replayed {
  readonly tokens: readonly number[];
  readonly batches: Batch[];
  /** Undefined where it is what was expected. */
  readonly marginLogits: number | undefined;
}

/** Reads the batches from nothing and goes on greedily, up to the first token that is not as `expected`. */
async function answerTo(
  replay: ReplayContext,
  prompt: readonly Batch[],
  expected?: readonly number[],
): Promise<Replayed> {
  replay.clear();
  const batches: Batch[] = [];
  const compute = async (batch: Batch): ReturnType<ReplayContext["compute"]> => {
    batches.push(batch);
    return replay.compute(batch.tokens, batch.keep);
  };
  for (const batch of prompt.slice(0, -1)) await compute(batch);
  let choose = await compute(prompt.at(-1)!);
  const tokens: number[] = [];
  for (;;) {
    const wanted = expected?.[tokens.length];
    const { token, marginLogits } = await choose(wanted);
    if (wanted !== undefined && token !== wanted) return { tokens, batches, marginLogits };
    tokens.push(token);
    if (tokens.length === answerTokens) return { tokens, batches, marginLogits: undefined };
    choose = await compute(toBatch(Uint32Array.of(token)));
  }
}

function toRequest(rawPrompt: string): ChatRequest {
  return {
    model: undefined,
    messages: [],
    rawPrompt,
    tools: [],
    toolChoice: { kind: "auto" },
    maxTokens: answerTokens,
    temperature: 0,
    topP: undefined,
    seed: undefined,
    stop: [],
    ignoreEos: true,
  };
}
