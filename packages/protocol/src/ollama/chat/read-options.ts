import type { ChatPart, ChatRequest, ResponseFormat } from "../../canonical/chat.ts";
import type { ChatDelivery } from "../../canonical/chat-dialect.ts";
import { isFields, readBoolean, readField, unexpected, type Fields } from "../../fields/read-fields.ts";
import { readNumber, readObject, readStrings } from "../../fields/read-lists.ts";
import { readAgentId } from "../../fields/read-agent-id.ts";
import { readTopK } from "../../fields/read-top-k.ts";

/** What /api/chat and /api/generate keep in `options`. `num_predict` of -1 and -2 means no limit. */
export function readOllamaOptions(
  fields: Fields,
): Pick<
  ChatRequest,
  "maxTokens" | "temperature" | "topP" | "seed" | "stop" | "ignoreEos" | "topK" | "responseFormat" | "agentId"
> {
  const options = readObject(fields, "options");
  const longest = readNumber(options, "num_predict");
  return {
    maxTokens: longest === undefined || longest < 1 ? undefined : Math.floor(longest),
    temperature: readNumber(options, "temperature"),
    topP: readNumber(options, "top_p"),
    seed: readNumber(options, "seed"),
    stop: readStrings(options, "stop"),
    ignoreEos: false,
    topK: readTopK(options, "top_k"),
    ...readFormat(fields),
    agentId: readAgentId(fields),
  };
}

/** `format`: `json`, or a JSON Schema. An empty text asks for nothing, as in the original. */
function readFormat(fields: Fields): { readonly responseFormat?: ResponseFormat } {
  const format = readField(fields, "format") ?? "";
  if (format === "") return {};
  if (format === "json") return { responseFormat: { kind: "json" } };
  if (isFields(format)) return { responseFormat: { kind: "json-schema", schema: format } };
  throw unexpected("format", "json or a JSON Schema", format, "Correct it or leave it out.");
}

/** Answers are streams unless the request says no. */
export function readOllamaDelivery(fields: Fields): ChatDelivery {
  return readBoolean(fields, "stream", true) ? { kind: "stream", usage: true } : { kind: "whole" };
}

export function readOllamaImages(fields: Fields): readonly ChatPart[] {
  return readStrings(fields, "images").map((data) => ({ kind: "image", url: `data:;base64,${data}` }));
}
