import { createHash } from "node:crypto";
import type { ChatAgent } from "@weir/engine";
import type { ChatRequest } from "@weir/protocol";

/** What the user said last, and where. */
export interface LastTurn {
  readonly text: string;
  /** Of the whole request without that, and of whose it is. */
  readonly prefix: string;
}

/** Whether the same request is to have the same answer: nothing is drawn by chance, and nothing is done by tools. */
export function isRepeatable({ temperature, tools, messages, rawPrompt }: ChatRequest): boolean {
  return temperature === 0 && tools.length === 0 && (messages.length > 0 || rawPrompt !== undefined);
}

/**
 * By what the answer to a request that {@link isRepeatable} is found again. An API key's requests never share an answer with
 * another's; agents of one key do. `model` is what computes it, its revision included.
 */
export function toExactKey(model: string, agent: ChatAgent, request: ChatRequest): string {
  return digest(["exact", ...toTerms(model, agent, request), request.messages]);
}

/** Undefined where what comes last is not of the user's, or not text alone. */
export function toLastTurn(model: string, agent: ChatAgent, request: ChatRequest): LastTurn | undefined {
  const { messages } = request;
  const last = messages.at(-1);
  if (last?.role !== "user") return undefined;
  const text = last.parts.map((part) => (part.kind === "text" ? part.text : undefined));
  if (text.includes(undefined) || text.every((part) => part === "")) return undefined;
  const prefix = digest(["prefix", ...toTerms(model, agent, request), messages.slice(0, -1)]);
  return { text: text.join(""), prefix };
}

function toTerms(model: string, { keyId }: ChatAgent, request: ChatRequest): readonly unknown[] {
  const { model: _name, agentId: _agent, messages: _messages, ...rest } = request;
  return [model, keyId, rest];
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sortMembers)).digest("base64");
}

/** Members in one order, however they came: a schema's too. */
function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
