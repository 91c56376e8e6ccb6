import { createHash } from "node:crypto";
import type { ChatAgent } from "@weir/engine";
import type { ChatRequest } from "@weir/protocol";

/** By what an answer is found again. */
export interface AnswerKey {
  /** Of the whole request, and of whose it is. */
  readonly exact: string;
  /** The same without what the user said last; undefined where that is not text alone, or not last. */
  readonly prefix: string | undefined;
  /** What the user said last. */
  readonly lastTurn: string;
}

/** Whether the same request is to have the same answer: nothing is drawn by chance, and nothing is done by tools. */
export function isRepeatable({ temperature, tools, messages, rawPrompt }: ChatRequest): boolean {
  return temperature === 0 && tools.length === 0 && (messages.length > 0 || rawPrompt !== undefined);
}

/**
 * Keys of a request that {@link isRepeatable}. An API key's requests never share an answer with another's; agents of one key do.
 * `model` is what computes it, its revision included.
 */
export function toAnswerKey(model: string, { keyId }: ChatAgent, request: ChatRequest): AnswerKey {
  const { model: _name, agentId: _agent, messages, ...rest } = request;
  const last = messages.at(-1);
  const lastTurn =
    last?.role === "user" && last.parts.every(({ kind }) => kind === "text")
      ? last.parts.map((part) => (part.kind === "text" ? part.text : "")).join("")
      : undefined;
  const whose = [model, keyId, rest];
  return {
    exact: digest(["exact", ...whose, messages]),
    prefix: lastTurn === undefined ? undefined : digest(["prefix", ...whose, messages.slice(0, -1)]),
    lastTurn: lastTurn ?? "",
  };
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sortMembers)).digest("base64");
}

/** Members in one order, however they came: a schema's too. */
function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
