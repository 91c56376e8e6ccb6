import { readBody, readRequiredString, readString } from "../fields/read-fields.ts";
import { readObjects } from "../fields/read-lists.ts";
import { toChatPart, toGeneratePart, toLineHead } from "./chat/encode-answer.ts";
import { readKeepAlive } from "./keep-alive.ts";

/** The paths on which Ollama's clients load and unload models of any kind. */
export type OllamaLoadPath = "/api/generate" | "/api/chat";

/** What a request to one of these paths says of a model that may not be able to answer it. */
export interface OllamaLoadRequest {
  readonly model: string;
  /** As in a request to embed: in milliseconds, Infinity for ever; undefined where it says nothing of it. */
  readonly keepAliveMs: number | undefined;
  /** Whether there is a prompt or a message: without one it asks only to load, or with a `keep_alive` of 0 to unload. */
  readonly asksForText: boolean;
}

/** Reads what is about loading, and nothing else. Throws INVALID_REQUEST with the field's name. */
export function parseOllamaLoadRequest(body: unknown, path: OllamaLoadPath): OllamaLoadRequest {
  const fields = readBody(body);
  return {
    model: readRequiredString(fields, "model", "Name the model; GET /api/tags lists them."),
    keepAliveMs: readKeepAlive(fields),
    asksForText:
      path === "/api/generate"
        ? (readString(fields, "prompt") ?? "") !== ""
        : readObjects(fields, "messages").length > 0,
  };
}

/** `{"model","created_at","response":"","done":true,"done_reason":"load"}`, on /api/chat with a message. */
export function encodeOllamaLoadAnswer(
  path: OllamaLoadPath,
  model: string,
  reason: "load" | "unload",
  atMs: number,
): Readonly<Record<string, unknown>> {
  const shape = path === "/api/generate" ? toGeneratePart : toChatPart;
  const nothing = shape({ text: "", reasoning: "", toolCalls: [] });
  return { ...toLineHead(model, atMs), ...nothing, done: true, done_reason: reason };
}
