import type { ChatEvent, ChatRequest, ChatTool, FinishReason } from "@weir/protocol";

/** A token of the echo engine is a word with the blanks before it. */
export function toWords(text: string): readonly string[] {
  return text.match(/\s*\S+/g) ?? [];
}

/** What the echo model is given: every message in one text, the tools before them. */
export function renderEchoPrompt(request: ChatRequest): string {
  if (request.rawPrompt !== undefined) return request.rawPrompt;
  const tools = request.tools.map((tool) => `tool ${JSON.stringify(tool)}\n`);
  const messages = request.messages.map((message) => {
    switch (message.role) {
      case "system":
      case "tool":
        return `${message.role}: ${message.text}\n`;
      case "user":
        return `user: ${readParts(message.parts)}\n`;
      case "assistant": {
        const calls = message.toolCalls.map(({ name, argumentsJson }) => ` ${name} ${argumentsJson}`);
        return `assistant: ${message.text}${calls.join("")}\n`;
      }
    }
  });
  return [...tools, ...messages].join("");
}

/** The text that the echo model answers with. */
export function findEcho(request: ChatRequest): string {
  if (request.rawPrompt !== undefined) return request.rawPrompt;
  const last = request.messages.at(-1);
  if (last === undefined) return "";
  return last.role === "user" ? readParts(last.parts) : last.text;
}

type UserParts = Extract<ChatRequest["messages"][number], { readonly role: "user" }>["parts"];

function readParts(parts: UserParts): string {
  return parts.map((part) => (part.kind === "text" ? part.text : "[image]")).join("\n");
}

/** One token of an answer: what happens with it, nothing where it is part of a stop sequence. */
type EchoStep = readonly ChatEvent[];

export interface EchoAnswer {
  readonly steps: readonly EchoStep[];
  readonly reason: FinishReason;
}

/** The whole answer, known ahead. `roomTokens` is what the context leaves for it. */
export function planEcho(request: ChatRequest, answer: string | undefined, roomTokens: number): EchoAnswer {
  const called = findCalledTool(request);
  if (called !== undefined) return limit(planCall(called), "tool-calls", request, roomTokens);
  const text = request.responseFormat === undefined ? undefined : toJsonAnswer(request.responseFormat);
  const whole = text ?? answer ?? findEcho(request);
  let cut = whole;
  for (const stop of request.stop) {
    const at = stop === "" ? -1 : cut.indexOf(stop);
    if (at >= 0) cut = cut.slice(0, at);
  }
  const words = toWords(cut);
  const most = Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, roomTokens);
  const endless = request.ignoreEos && cut === whole && words.length > 0;
  const count = endless ? most : words.length;
  const steps = Array.from({ length: count }, (_, index): EchoStep => {
    const word = words[index % words.length]!;
    return [{ kind: "text", text: index >= words.length && index % words.length === 0 ? ` ${word}` : word }];
  });
  // More was to be said: what is left out here is not told by `limit`, which sees what fits.
  const isCut = count > most;
  return limit(
    steps,
    cut === whole || isCut ? (endless || isCut ? "length" : "end") : "stop-sequence",
    request,
    roomTokens,
  );
}

function limit(
  steps: readonly EchoStep[],
  reason: FinishReason,
  { maxTokens = Number.POSITIVE_INFINITY }: ChatRequest,
  roomTokens: number,
): EchoAnswer {
  const most = Math.min(maxTokens, roomTokens);
  if (steps.length < most || (steps.length === most && reason !== "length")) return { steps, reason };
  return { steps: steps.slice(0, most), reason: maxTokens <= roomTokens ? "length" : "context-full" };
}

function findCalledTool({ tools, toolChoice }: ChatRequest): ChatTool | undefined {
  if (toolChoice.kind === "any") return tools[0];
  return toolChoice.kind === "tool" ? tools.find(({ name }) => name === toolChoice.name) : undefined;
}

function planCall(tool: ChatTool): readonly EchoStep[] {
  const json = JSON.stringify(toExample(tool.parameters));
  const pieces = json.match(/.{1,8}/gs) ?? [];
  return [
    [{ kind: "tool-call", index: 0, id: `call_${tool.name}_0`, name: tool.name }],
    ...pieces.map((piece): EchoStep => [{ kind: "tool-arguments", index: 0, json: piece }]),
  ];
}

function toJsonAnswer(format: NonNullable<ChatRequest["responseFormat"]>): string | undefined {
  if (format.kind === "text") return undefined;
  return format.kind === "json" ? "{}" : JSON.stringify(toExample(format.schema));
}

/** A value that a JSON schema allows: of its required properties only, as short as can be. */
function toExample(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return null;
  const { type, enum: values, const: fixed, properties, required, items, minItems } = schema as Schema;
  if (fixed !== undefined) return fixed;
  if (Array.isArray(values)) return values[0];
  switch (Array.isArray(type) ? type[0] : (type ?? (properties === undefined ? "null" : "object"))) {
    case "object":
      return Object.fromEntries(
        Object.entries(properties ?? {})
          .filter(([name]) => required?.includes(name) === true)
          .map(([name, property]) => [name, toExample(property)]),
      );
    case "array":
      return Array.from({ length: minItems ?? 0 }, () => toExample(items));
    case "string":
      return "example";
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    default:
      return null;
  }
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly items?: unknown;
  readonly minItems?: number;
}
