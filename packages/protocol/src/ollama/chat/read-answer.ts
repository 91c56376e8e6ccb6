import type { ChatTiming, FinishReason } from "../../canonical/chat.ts";
import { readWireError } from "../../chat-answers/read-error.ts";
import { argumentsIn, fieldsIn, numberIn, objectsIn, textIn } from "../../chat-answers/read-value.ts";
import type { WireStep } from "../../chat-answers/wire-step.ts";
import { readField, type Fields } from "../../fields/read-fields.ts";

/** Reads a line of either path, or a whole answer, which is a line that holds everything. */
export function readOllamaAnswer(line: Fields): readonly WireStep[] {
  const error = readWireError(line);
  if (error !== undefined) return [{ kind: "error", error }];
  const steps: WireStep[] = [];
  const message = fieldsIn(line, "message");
  const reasoning = textIn(message, "thinking") || textIn(line, "thinking");
  if (reasoning !== "") steps.push({ kind: "reasoning", text: reasoning });
  const text = textIn(message, "content") || textIn(line, "response");
  if (text !== "") steps.push({ kind: "text", text });
  for (const call of objectsIn(message, "tool_calls")) {
    const called = fieldsIn(call, "function");
    // Every call is whole, so it needs no place.
    steps.push({
      kind: "call",
      place: undefined,
      id: textIn(call, "id"),
      name: textIn(called, "name"),
      json: argumentsIn(called, "arguments"),
    });
  }
  if (readField(line, "done") === true) readEnd(line, steps);
  return steps;
}

function readEnd(line: Fields, steps: WireStep[]): void {
  steps.push({ kind: "reason", reason: toReason(textIn(line, "done_reason")) });
  const inputTokens = numberIn(line, "prompt_eval_count");
  const outputTokens = numberIn(line, "eval_count");
  if (inputTokens !== undefined || outputTokens !== undefined)
    steps.push({ kind: "counts", counts: { inputTokens, outputTokens } });
  const timing = toTiming(line);
  if (timing !== undefined) steps.push({ kind: "timing", timing });
  steps.push({ kind: "end" });
}

function toReason(word: string): FinishReason {
  if (word === "length") return "length";
  return word === "load" || word === "unload" ? "loaded" : "end";
}

function toTiming(line: Fields): ChatTiming | undefined {
  const toMs = (name: string): number | undefined => {
    const nanoseconds = numberIn(line, name);
    return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
  };
  const totalMs = toMs("total_duration");
  const promptMs = toMs("prompt_eval_duration");
  const generationMs = toMs("eval_duration");
  if (totalMs === undefined || promptMs === undefined || generationMs === undefined) return undefined;
  return { totalMs, loadMs: toMs("load_duration") ?? 0, promptMs, generationMs };
}
