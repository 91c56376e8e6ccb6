import type { ChatEvent, ChatFinish, ChatRequest, ChatResult, ChatTool, FinishReason } from "@weir/protocol";
import { createRandom } from "@weir/stats";
import type { MockOptions } from "../mock-options.ts";
import { toExampleValue } from "./example-value.ts";
import { countTokens, tokensText } from "./words.ts";

/** How an answer is made to go wrong. */
type Fate = "whole" | "error" | "cut" | "fail";

/** An answer decided in full before it begins. */
export interface AnswerPlan {
  readonly fate: Fate;
  /** The chunks in order, without `finish`. */
  readonly events: readonly ChatEvent[];
  /** When each is due, in milliseconds from the answer's begin; never falling. */
  readonly dueMs: Float64Array;
  /** How many chunks are sent before the answer is cut or fails; all of them where it is whole. */
  readonly sentChunks: number;
  /** Tokens of each chunk. */
  readonly tokensPerChunk: number;
  readonly finish: ChatFinish;
}

// Where neither options nor request say how long an answer is.
const defaultChunks = 50;

/** Everything about the answer to request number `index`. The same arguments give the same answer. */
export function planAnswer(request: ChatRequest, options: MockOptions, index: number): AnswerPlan {
  const random = createRandom(options.seed * 1_000_003 + index);
  const fate = drawFate(options, random());
  const stallDraw = random();
  const tool = chooseTool(request, options);
  const length = toLength(request, options);
  const events = request.messages.length === 0 ? [] : toEvents(tool, length, options, index);
  const sentChunks = fate === "cut" || fate === "fail" ? Math.ceil(events.length / 2) : events.length;
  const dueMs = new Float64Array(events.length);
  const stallsAt =
    options.stall?.kind === "random" && stallDraw < options.stall.rate ? events.length >> 1 : Infinity;
  for (let chunk = 0; chunk < events.length; chunk += 1) {
    const jitterMs = options.jitterMs * (2 * random() - 1);
    const stallMs = chunk >= stallsAt ? options.stall!.forMs : 0;
    const exactMs = options.ttftMs + chunk * options.gapMs + jitterMs + stallMs;
    dueMs[chunk] = Math.max(0, chunk === 0 ? exactMs : Math.max(exactMs, dueMs[chunk - 1]!));
  }
  const outputTokens = tool === undefined ? events.length * options.tokensPerChunk : events.length;
  const reason: FinishReason =
    events.length === 0 ? "loaded" : tool !== undefined ? "tool-calls" : length.reason;
  const usage = {
    inputTokens: countInputTokens(request),
    outputTokens,
    cachedInputTokens: 0,
    reasoningTokens: events.filter((event) => event.kind === "reasoning").length * options.tokensPerChunk,
  };
  const timing = toTiming(dueMs);
  const tokensPerChunk = tool === undefined ? options.tokensPerChunk : 1;
  return { fate, events, dueMs, sentChunks, tokensPerChunk, finish: { reason, usage, timing } };
}

/** The same answer with all its times multiplied. */
export function stretchPlan(plan: AnswerPlan, factor: number): AnswerPlan {
  if (factor === 1) return plan;
  const dueMs = plan.dueMs.map((atMs) => atMs * factor);
  return { ...plan, dueMs, finish: { ...plan.finish, timing: toTiming(dueMs) } };
}

/** The same answer in one piece. */
export function toResult(plan: AnswerPlan): ChatResult {
  let text = "";
  let reasoning = "";
  let argumentsJson = "";
  let call: { readonly id: string; readonly name: string } | undefined;
  for (const event of plan.events) {
    if (event.kind === "text") text += event.text;
    else if (event.kind === "reasoning") reasoning += event.text;
    else if (event.kind === "tool-call") call = { id: event.id, name: event.name };
    else if (event.kind === "tool-arguments") argumentsJson += event.json;
  }
  const toolCalls = call === undefined ? [] : [{ ...call, argumentsJson }];
  return { text, reasoning, toolCalls, finish: plan.finish };
}

/** Tokens of everything a request holds, by the mock's own count. */
export function countInputTokens({ messages, tools }: ChatRequest): number {
  let tokens = 0;
  for (const message of messages) {
    if (message.role === "user") {
      for (const part of message.parts) tokens += part.kind === "text" ? countTokens(part.text) : 256;
    } else tokens += countTokens(message.text);
  }
  return tokens + (tools.length === 0 ? 0 : countTokens(JSON.stringify(tools)));
}

function toTiming(dueMs: Float64Array): NonNullable<ChatFinish["timing"]> {
  const totalMs = dueMs.at(-1) ?? 0;
  const promptMs = dueMs[0] ?? 0;
  return { totalMs, loadMs: 0, promptMs, generationMs: totalMs - promptMs };
}

function drawFate({ errorRate, cutRate, failRate }: MockOptions, draw: number): Fate {
  if (draw < errorRate) return "error";
  if (draw < errorRate + cutRate) return "cut";
  return draw < errorRate + cutRate + failRate ? "fail" : "whole";
}

/** The tool to call: there is one for each of the first turns, counted from what the user said last. */
function chooseTool(request: ChatRequest, options: MockOptions): ChatTool | undefined {
  const { tools, toolChoice, messages } = request;
  if (tools.length === 0 || toolChoice.kind === "none") return undefined;
  const lastSaid = messages.findLastIndex((message) => message.role === "user");
  const turn = messages
    .slice(lastSaid + 1)
    .filter((message) => message.role === "assistant" && message.toolCalls.length > 0).length;
  if (turn >= options.toolCalls) return undefined;
  return toolChoice.kind === "tool"
    ? tools.find((tool) => tool.name === toolChoice.name)
    : tools[turn % tools.length];
}

interface AnswerLength {
  readonly chunks: number;
  readonly reason: FinishReason;
}

/** Chunks of reasoning and text together. A request's longest answer is kept, cut to whole chunks. */
function toLength({ maxTokens }: ChatRequest, options: MockOptions): AnswerLength {
  const wanted = options.chunks === undefined ? undefined : options.chunks + options.reasoningChunks;
  if (maxTokens === undefined)
    return { chunks: wanted ?? defaultChunks + options.reasoningChunks, reason: "end" };
  const allowed = Math.max(1, Math.floor(maxTokens / options.tokensPerChunk));
  return wanted !== undefined && wanted < allowed
    ? { chunks: wanted, reason: "end" }
    : { chunks: allowed, reason: "length" };
}

function toEvents(
  tool: ChatTool | undefined,
  { chunks }: AnswerLength,
  options: MockOptions,
  index: number,
): readonly ChatEvent[] {
  if (tool !== undefined) return toCallEvents(tool, chunks, index);
  return Array.from({ length: chunks }, (_, chunk) => ({
    kind: chunk < options.reasoningChunks ? "reasoning" : "text",
    text: tokensText(chunk * options.tokensPerChunk, options.tokensPerChunk),
  }));
}

/** A call and its arguments, in as many chunks as a text would have, or fewer where there are fewer characters. */
function toCallEvents(tool: ChatTool, chunks: number, index: number): readonly ChatEvent[] {
  const json = JSON.stringify(toExampleValue({ type: "object", ...tool.parameters }));
  const pieces = Math.max(1, Math.min(json.length, chunks - 1));
  const fragments = Array.from({ length: pieces }, (_, piece): ChatEvent => {
    const from = Math.floor((piece * json.length) / pieces);
    const to = Math.floor(((piece + 1) * json.length) / pieces);
    return { kind: "tool-arguments", index: 0, json: json.slice(from, to) };
  });
  return [{ kind: "tool-call", index: 0, id: `call_${index}`, name: tool.name }, ...fragments];
}
