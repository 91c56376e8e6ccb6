import type { FinishReason } from "../canonical/chat.ts";
import { readWireError } from "../chat-answers/read-error.ts";
import { argumentsIn, fieldsIn, numberIn, objectsIn, textIn } from "../chat-answers/read-value.ts";
import type { WireStep } from "../chat-answers/wire-step.ts";
import type { Fields } from "../fields/read-fields.ts";

/** Reads an event of a stream, or a whole message. Kinds of events and blocks that it does not know are left out. */
export function readAnthropicAnswer(event: Fields): readonly WireStep[] {
  const error = readWireError(event);
  if (error !== undefined) return [{ kind: "error", error }];
  const steps: WireStep[] = [];
  switch (textIn(event, "type")) {
    case "message_start":
      readCounts(fieldsIn(event, "message"), steps);
      break;
    case "content_block_start":
      readBlock(fieldsIn(event, "content_block"), numberIn(event, "index"), steps);
      break;
    case "content_block_delta":
      readDelta(fieldsIn(event, "delta"), numberIn(event, "index"), steps);
      break;
    case "message_delta":
      readReason(fieldsIn(event, "delta"), steps);
      readCounts(event, steps);
      break;
    case "message_stop":
      steps.push({ kind: "end" });
      break;
    case "message":
      for (const [index, block] of objectsIn(event, "content").entries()) readBlock(block, index, steps);
      readReason(event, steps);
      readCounts(event, steps);
      break;
    default:
  }
  return steps;
}

function readBlock(block: Fields, place: number | undefined, steps: WireStep[]): void {
  const type = textIn(block, "type");
  if (type === "text") steps.push({ kind: "text", text: textIn(block, "text") });
  else if (type === "thinking") steps.push({ kind: "reasoning", text: textIn(block, "thinking") });
  else if (type === "tool_use") {
    const input = argumentsIn(block, "input");
    // In a stream the input follows as fragments; what begins it is an empty object.
    const json = input === "{}" ? "" : input;
    steps.push({ kind: "call", place, id: textIn(block, "id"), name: textIn(block, "name"), json });
  }
}

function readDelta(delta: Fields, place: number | undefined, steps: WireStep[]): void {
  const type = textIn(delta, "type");
  if (type === "text_delta") steps.push({ kind: "text", text: textIn(delta, "text") });
  else if (type === "thinking_delta") steps.push({ kind: "reasoning", text: textIn(delta, "thinking") });
  else if (type === "input_json_delta") {
    const json = textIn(delta, "partial_json");
    if (json !== "") steps.push({ kind: "call", place, id: "", name: "", json });
  }
}

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "end",
  pause_turn: "end",
  max_tokens: "length",
  stop_sequence: "stop-sequence",
  tool_use: "tool-calls",
  refusal: "refusal",
  model_context_window_exceeded: "context-full",
};

function readReason(fields: Fields, steps: WireStep[]): void {
  const word = textIn(fields, "stop_reason");
  if (word === "") return;
  const stopSequence = textIn(fields, "stop_sequence");
  steps.push({ kind: "reason", reason: Object.hasOwn(reasons, word) ? reasons[word]! : "end", stopSequence });
}

function readCounts(fields: Fields, steps: WireStep[]): void {
  const usage = fieldsIn(fields, "usage");
  const apart = numberIn(usage, "input_tokens");
  const cached = numberIn(usage, "cache_read_input_tokens");
  const written = numberIn(usage, "cache_creation_input_tokens");
  const outputTokens = numberIn(usage, "output_tokens");
  if (apart === undefined && outputTokens === undefined) return;
  // `input_tokens` leaves out what was read from a cache or written to one.
  const inputTokens = apart === undefined ? undefined : apart + (cached ?? 0) + (written ?? 0);
  const cachedInputTokens = apart === undefined ? undefined : cached;
  steps.push({ kind: "counts", counts: { inputTokens, outputTokens, cachedInputTokens } });
}
