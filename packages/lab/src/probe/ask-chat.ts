import { type ChatDialectName, chatDialects, createChatRequest, WeirError } from "@weir/protocol";
import { describeAnswer, readJsonObject, type ProbeAnswer, type ProbeTarget } from "./probe-target.ts";
import { anthropicVersionHeader } from "./read-chat-facts.ts";

/** What came of asking for one token. */
export type AskedChat =
  | { readonly kind: "chatted"; readonly tookMs: number }
  /** `status` is undefined where nothing was sent. */
  | { readonly kind: "refused"; readonly status: number | undefined; readonly reason: string }
  /** It answered 200, but not with what the dialect says. */
  | { readonly kind: "invalid"; readonly reason: string }
  | { readonly kind: "silent"; readonly reason: string };

/** One request for one token, not streamed. */
export async function askChat(
  target: ProbeTarget,
  name: ChatDialectName,
  model: string | undefined,
): Promise<AskedChat> {
  const dialect = chatDialects[name];
  let request: Uint8Array;
  try {
    request = dialect.encodeRequest(
      createChatRequest([{ role: "user", parts: [{ kind: "text", text: "Hi" }] }], {
        model,
        maxTokens: 1,
        temperature: 0,
      }),
      { kind: "whole" },
    );
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return { kind: "refused", status: undefined, reason: withoutStop(error.message) };
  }
  const answer = await target.post(dialect.path, request, name === "anthropic" ? anthropicVersionHeader : {});
  if (answer.kind === "silent") return answer;
  if (answer.status !== 200) {
    const said = readErrorMessage(answer);
    const reason = `${describeAnswer(answer)}${said === undefined ? "" : `: ${withoutStop(said)}`}`;
    return { kind: "refused", status: answer.status, reason };
  }
  const problem = findProblem(name, answer);
  return problem === undefined
    ? { kind: "chatted", tookMs: answer.tookMs }
    : { kind: "invalid", reason: problem };
}

/** What came back, in words that follow `POST PATH`. */
export function describeAskedChat(asked: AskedChat): string {
  switch (asked.kind) {
    case "chatted":
      return `answered with a message in ${asked.tookMs.toFixed(1)} ms`;
    case "invalid":
      return `answered 200, but ${asked.reason}`;
    case "refused":
      return asked.status === undefined ? `was not sent: ${asked.reason}` : asked.reason;
    case "silent":
      return asked.reason;
  }
}

/** What an answer of the dialect must have, where this one has not. */
function findProblem(name: ChatDialectName, answer: ProbeAnswer): string | undefined {
  const body = readJsonObject(answer);
  if (body === undefined) return "not with a JSON object";
  switch (name) {
    case "openai":
      return Array.isArray(body["choices"]) ? undefined : "without choices";
    case "anthropic":
      return body["type"] === "message" && Array.isArray(body["content"])
        ? undefined
        : "not with a message of content blocks";
    case "ollama":
      return typeof body["message"] === "object" && body["done"] === true
        ? undefined
        : "not with a message that is done";
    case "ollama-generate":
      return typeof body["response"] === "string" ? undefined : "without a response";
  }
}

/** Where the dialects, and FastAPI's services, put what went wrong. */
function readErrorMessage(answer: Extract<ProbeAnswer, { kind: "answered" }>): string | undefined {
  const body = readJsonObject({ ...answer, status: 200 }) ?? {};
  const { error, message, detail } = body;
  const inner = typeof error === "object" && error !== null ? (error as Record<string, unknown>) : {};
  return [inner["message"], error, message, detail].find((text) => typeof text === "string");
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, "");
}
