import type { ChatRequest } from "../../canonical/chat.ts";
import type { ChatDelivery } from "../../canonical/chat-dialect.ts";
import { WeirError } from "../../canonical/weir-error.ts";
import {
  requireModel,
  toOllamaFormat,
  toOllamaImages,
  toOllamaOptions,
  toPlainText,
} from "../chat/encode-request.ts";
import type { OllamaGenerateBody } from "../chat/wire.ts";

/** A prompt is one thing that a user says, with or without a system text: it cannot hold a conversation or tools. */
export function encodeOllamaGenerateRequest(request: ChatRequest, delivery: ChatDelivery): Uint8Array {
  const model = requireModel(request);
  const system = request.messages.flatMap((message) => (message.role === "system" ? message.text : []));
  const said = request.messages.filter((message) => message.role !== "system");
  const [first] = said;
  if (said.length !== 1 || first?.role !== "user" || request.tools.length > 0) {
    throw new WeirError(
      "INVALID_REQUEST",
      `the ollama-generate dialect takes one message of a user and no tools, got ${said.length} messages and ${request.tools.length} tools. Use the ollama dialect.`,
      { field: "messages" },
    );
  }
  const options = toOllamaOptions(request);
  const body: OllamaGenerateBody = {
    model,
    prompt: toPlainText(first.parts),
    ...(system.length === 0 ? {} : { system: system.join("\n") }),
    ...toOllamaImages(first.parts),
    ...toOllamaFormat(request),
    stream: delivery.kind === "stream",
    ...(options === undefined ? {} : { options }),
  };
  return Buffer.from(JSON.stringify(body));
}
