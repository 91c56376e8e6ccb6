import type { ChatTiming, FinishReason } from "../../canonical/chat.ts";
import { readWireError } from "../../chat-answers/read-error.ts";
import { argumentsIn, fieldsIn, numberIn, objectsIn, textIn } from "../../chat-answers/read-value.ts";
import type { WireCounts, WireStep } from "../../chat-answers/wire-step.ts";
import { isFields, readField, type Fields } from "../../fields/read-fields.ts";

/** Reads a chunk of a stream, or a whole answer: their choices differ only in `delta` and `message`. */
export function readOpenAIAnswer(event: Fields): readonly WireStep[] {
  const error = readWireError(event);
  if (error !== undefined) return [{ kind: "error", error }];
  const steps: WireStep[] = [];
  for (const choice of objectsIn(event, "choices"))
    // Of several answers the first is the answer.
    if ((numberIn(choice, "index") ?? 0) === 0) readChoice(choice, steps);
  readCounts(event, steps);
  return steps;
}

function readChoice(choice: Fields, steps: WireStep[]): void {
  const delta = readField(choice, "delta") ?? readField(choice, "message");
  if (isFields(delta)) readDelta(delta, steps);
  const finish = textIn(choice, "finish_reason");
  if (finish !== "") steps.push(toReason(finish, choice));
}

function readDelta(delta: Fields, steps: WireStep[]): void {
  // `reasoning_content` is DeepSeek's word, taken over by vLLM, SGLang and llama.cpp; `reasoning` is that of OpenRouter, newer
  // vLLM and Ollama's copy of this API. Some send both, with the same text.
  const reasoning = textIn(delta, "reasoning_content") || textIn(delta, "reasoning");
  if (reasoning !== "") steps.push({ kind: "reasoning", text: reasoning });
  const content = readField(delta, "content");
  if (typeof content === "string") {
    if (content !== "") steps.push({ kind: "text", text: content });
  } else readParts(objectsIn(delta, "content"), steps);
  const refusal = textIn(delta, "refusal");
  if (refusal !== "") steps.push({ kind: "text", text: refusal }, { kind: "reason", reason: "refusal" });
  for (const call of objectsIn(delta, "tool_calls")) {
    const called = fieldsIn(call, "function");
    steps.push({
      kind: "call",
      place: numberIn(call, "index"),
      id: textIn(call, "id"),
      name: textIn(called, "name"),
      json: argumentsIn(called, "arguments"),
    });
  }
}

/** Mistral's API writes content as parts where a model thinks. */
function readParts(parts: readonly Fields[], steps: WireStep[]): void {
  for (const part of parts) {
    const text = textIn(part, "text");
    if (text !== "") steps.push({ kind: "text", text });
    const thought = objectsIn(part, "thinking")
      .map((inner) => textIn(inner, "text"))
      .join("");
    if (thought !== "") steps.push({ kind: "reasoning", text: thought });
  }
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: "end",
  eos: "end",
  eos_token: "end",
  length: "length",
  stop_sequence: "stop-sequence",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "refusal",
};

function toReason(word: string, choice: Fields): WireStep {
  const reason = Object.hasOwn(reasons, word) ? reasons[word]! : "end";
  // vLLM says which of the texts that were asked for ended the answer.
  const stopSequence = textIn(choice, "stop_reason");
  if (reason === "end" && stopSequence !== "")
    return { kind: "reason", reason: "stop-sequence", stopSequence };
  return { kind: "reason", reason };
}

function readCounts(event: Fields, steps: WireStep[]): void {
  const usage = fieldsIn(event, "usage");
  // llama.cpp's own, in milliseconds. It has them also where the counts were not asked for.
  const timings = fieldsIn(event, "timings");
  const cached = numberIn(timings, "cache_n");
  const evaluated = numberIn(timings, "prompt_n");
  const counts: WireCounts = {
    inputTokens:
      numberIn(usage, "prompt_tokens") ??
      (evaluated === undefined || cached === undefined ? undefined : evaluated + cached),
    outputTokens: numberIn(usage, "completion_tokens") ?? numberIn(timings, "predicted_n"),
    cachedInputTokens:
      numberIn(fieldsIn(usage, "prompt_tokens_details"), "cached_tokens") ??
      numberIn(usage, "prompt_cache_hit_tokens") ??
      cached,
    reasoningTokens: numberIn(fieldsIn(usage, "completion_tokens_details"), "reasoning_tokens"),
  };
  if (Object.values(counts).some((count) => count !== undefined)) steps.push({ kind: "counts", counts });
  const timing = toTiming(numberIn(timings, "prompt_ms"), numberIn(timings, "predicted_ms"));
  if (timing !== undefined) steps.push({ kind: "timing", timing });
}

function toTiming(promptMs: number | undefined, generationMs: number | undefined): ChatTiming | undefined {
  if (promptMs === undefined || generationMs === undefined) return undefined;
  return { totalMs: promptMs + generationMs, loadMs: 0, promptMs, generationMs };
}
