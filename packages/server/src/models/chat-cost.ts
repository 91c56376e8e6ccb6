import type { ChatStart, ChatWork } from "@weir/engine";
import type { ChatMessage, ChatRequest } from "@weir/protocol";

/**
 * What answers cost, in tokens that are generated: the unit in which an answer of 10 ms and one of a minute take their time
 * at the same rate. A prompt's tokens are read many at a time and count for a fraction of that, which is learned from what
 * both took; those that are remembered cost nothing. What a request may generate is not what it will: unless it says how long
 * the answer is in any case, it is expected to be as long as answers were.
 */
export interface ChatCosts {
  /** Of what is known of a request by its text alone. */
  estimate(request: ChatRequest): number;
  /** The same of a request that is not read, by its length. */
  estimateBytes(bytes: number): number;
  /** When its prompt was counted and it is known how much of that is remembered. */
  refine(request: ChatRequest, start: ChatStart): number;
  /** What it did cost, from which is learned. */
  settle(work: ChatWork): number;
}

/** Bytes of UTF-8 per token, roughly. */
const bytesPerToken = 4;
/** HTTP, two hand-overs and the template. */
const requestCost = 1;
/** Before anything was measured: a small model reads about ten times as fast as it writes. */
const firstPromptWeight = 0.1;
const [leastPromptWeight, mostPromptWeight] = [0.002, 1];
/** Before any answer was given. */
const firstAnswerTokens = 256;
/** Answers over which the moving means run. */
const memoryAnswers = 32;

export function createChatCosts(): ChatCosts {
  let promptWeight = firstPromptWeight;
  let freshShare = 1;
  let answerTokens = firstAnswerTokens;
  let answers = 0;

  function toCost(freshTokens: number, outputTokens: number): number {
    return requestCost + promptWeight * freshTokens + outputTokens;
  }

  function expectTokens({ maxTokens = Number.POSITIVE_INFINITY, ignoreEos }: ChatRequest): number {
    return ignoreEos && maxTokens < Number.POSITIVE_INFINITY ? maxTokens : Math.min(maxTokens, answerTokens);
  }

  return {
    estimate: (request) => toCost((freshShare * countBytes(request)) / bytesPerToken, expectTokens(request)),
    estimateBytes: (bytes) => toCost((freshShare * bytes) / bytesPerToken, answerTokens),
    refine: (request, { inputTokens, cachedInputTokens }) =>
      toCost(inputTokens - cachedInputTokens, expectTokens(request)),
    settle({ inputTokens, cachedInputTokens, outputTokens, promptMs, generationMs }) {
      const weight = Math.max(1 / ++answers, 1 / memoryAnswers);
      const mix = (mean: number, value: number): number => mean + weight * (value - mean);
      const fresh = inputTokens - cachedInputTokens;
      // What is told by a handful of tokens is mostly the clock's.
      if (fresh >= 16 && outputTokens >= 4 && promptMs > 0 && generationMs > 0) {
        const measured = promptMs / fresh / (generationMs / (outputTokens - 1));
        promptWeight = mix(promptWeight, Math.min(mostPromptWeight, Math.max(leastPromptWeight, measured)));
      }
      if (inputTokens > 0) freshShare = mix(freshShare, fresh / inputTokens);
      answerTokens = mix(answerTokens, outputTokens);
      return toCost(fresh, outputTokens);
    },
  };
}

function countBytes({ messages, tools, rawPrompt }: ChatRequest): number {
  let bytes = rawPrompt === undefined ? 0 : Buffer.byteLength(rawPrompt);
  for (const message of messages) bytes += countMessageBytes(message);
  for (const { name, description, parameters } of tools) {
    bytes += name.length + Buffer.byteLength(description) + JSON.stringify(parameters).length;
  }
  return bytes;
}

function countMessageBytes(message: ChatMessage): number {
  switch (message.role) {
    case "system":
    case "tool":
      return Buffer.byteLength(message.text);
    case "user":
      return message.parts.reduce(
        (sum, part) => sum + (part.kind === "text" ? Buffer.byteLength(part.text) : 0),
        0,
      );
    case "assistant": {
      const calls = message.toolCalls.reduce(
        (sum, { name, argumentsJson }) => sum + name.length + argumentsJson.length,
        0,
      );
      return Buffer.byteLength(message.text) + calls;
    }
  }
}
