import type { ParsedChatRequest } from "../../canonical/chat-dialect.ts";
import { readAgentId } from "../../fields/read-agent-id.ts";
import {
  readBody,
  readBoolean,
  readField,
  readString,
  readWholeNumber,
  unexpected,
  type Fields,
} from "../../fields/read-fields.ts";
import { readNumber, readObject, readStrings } from "../../fields/read-lists.ts";
import { readTopK } from "../../fields/read-top-k.ts";

/** OpenAI's own: an answer is short where nothing else is said. */
const defaultMaxTokens = 16;

/**
 * POST /v1/completions: one prompt, which goes to the model without its template. Lists of several prompts and token ids are
 * refused.
 */
export function parseOpenAICompletionRequest(body: unknown): ParsedChatRequest {
  const fields = readBody(body);
  return {
    request: {
      model: readString(fields, "model"),
      messages: [],
      rawPrompt: readPrompt(fields),
      tools: [],
      toolChoice: { kind: "auto" },
      maxTokens: readWholeNumber(fields, "max_tokens", 1) ?? defaultMaxTokens,
      temperature: readNumber(fields, "temperature"),
      topP: readNumber(fields, "top_p"),
      seed: readNumber(fields, "seed"),
      stop: readStrings(fields, "stop"),
      ignoreEos: readBoolean(fields, "ignore_eos", false),
      topK: readTopK(fields, "top_k"),
      agentId: readAgentId(fields, "prompt_cache_key", "user"),
    },
    delivery: readBoolean(fields, "stream", false)
      ? { kind: "stream", usage: readBoolean(readObject(fields, "stream_options"), "include_usage", false) }
      : { kind: "whole" },
  };
}

function readPrompt(fields: Fields): string {
  const prompt = readField(fields, "prompt");
  const [only, ...more] = Array.isArray(prompt) ? (prompt as readonly unknown[]) : [prompt];
  if (typeof only === "string" && only !== "" && more.length === 0) return only;
  if (more.length > 0 && more.every((entry) => typeof entry === "string"))
    throw unexpected("prompt", "one text", prompt, "Send a request for each.");
  throw unexpected("prompt", "a text that is not empty, or a list of one", prompt, "Send it as a text.");
}
