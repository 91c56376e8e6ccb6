import type { ChatEvent, ChatFinish } from "../canonical/chat.ts";
import type { ChatAnswerHead, ChatStreamEncoder } from "../canonical/chat-dialect.ts";
import { encodeSse } from "../sse/encode-sse.ts";
import { encodeAnthropicError } from "./encode-error.ts";
import { toAnthropicStopReason, toAnthropicUsage } from "./encode-response.ts";

type Json = Readonly<Record<string, unknown>>;
type BlockEvent = Exclude<ChatEvent, { readonly kind: "finish" }>;

function encodeNamed(name: string, members: Json): string {
  return encodeSse(JSON.stringify({ type: name, ...members }), name);
}

const ping = encodeNamed("ping", {});
const messageStop = encodeNamed("message_stop", {});

/** What of an answer shares a content block: each call of a tool has its own. */
function toBlockName(event: BlockEvent): string {
  return event.kind === "text" || event.kind === "reasoning" ? event.kind : `tool ${event.index}`;
}

function toBlockStart(event: BlockEvent): Json {
  switch (event.kind) {
    case "text":
      return { type: "text", text: "" };
    case "reasoning":
      return { type: "thinking", thinking: "", signature: "" };
    case "tool-call":
      return { type: "tool_use", id: event.id, name: event.name, input: {} };
    case "tool-arguments":
      throw new RangeError(`arguments of tool call ${event.index} came before the call`);
  }
}

/** The frames around a delta's text: `[before, after]`. Only the text between differs from delta to delta. */
function toDeltaFrame(index: number, type: string, field: string): readonly [string, string] {
  const json = JSON.stringify({ type: "content_block_delta", index, delta: { type, [field]: 0 } });
  return [`event: content_block_delta\ndata: ${json.slice(0, -3)}`, "}}\n\n"];
}

/**
 * message_start (with its usage), ping, then content_block_start, deltas and content_block_stop per block, then
 * message_delta and message_stop. Each frame has its `event:` line.
 */
export function createAnthropicStreamEncoder(head: ChatAnswerHead): ChatStreamEncoder {
  let index = -1;
  let openBlock: string | undefined;
  let frame: readonly [string, string] = ["", ""];

  const closeBlock = (): string => {
    if (openBlock === undefined) return "";
    openBlock = undefined;
    return encodeNamed("content_block_stop", { index });
  };

  const enterBlock = (event: BlockEvent): string => {
    const block = toBlockName(event);
    if (block === openBlock) return "";
    const closed = closeBlock();
    index += 1;
    const opened = encodeNamed("content_block_start", { index, content_block: toBlockStart(event) });
    openBlock = block;
    if (event.kind === "text") frame = toDeltaFrame(index, "text_delta", "text");
    else if (event.kind === "reasoning") frame = toDeltaFrame(index, "thinking_delta", "thinking");
    else frame = toDeltaFrame(index, "input_json_delta", "partial_json");
    return closed + opened;
  };

  const encodeFinish = ({ reason, usage, stopSequence }: ChatFinish): string =>
    closeBlock() +
    encodeNamed("message_delta", {
      delta: { stop_reason: toAnthropicStopReason(reason), stop_sequence: stopSequence ?? null },
      usage: toAnthropicUsage(usage),
    }) +
    messageStop;

  const encode = (event: ChatEvent): string => {
    if (event.kind === "finish") return encodeFinish(event.finish);
    const entered = enterBlock(event);
    if (event.kind === "tool-call") return entered;
    const text = event.kind === "tool-arguments" ? event.json : event.text;
    return `${entered}${frame[0]}${JSON.stringify(text)}${frame[1]}`;
  };

  return {
    open() {
      const usage = toAnthropicUsage({ ...head, outputTokens: 0, reasoningTokens: 0 });
      const message = {
        id: `msg_${head.id}`,
        type: "message",
        role: "assistant",
        model: head.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      };
      return Buffer.from(encodeNamed("message_start", { message }) + ping);
    },
    encode: (event) => Buffer.from(encode(event)),
    ping: () => Buffer.from(ping),
    fail: (error, requestId) =>
      Buffer.from(encodeSse(JSON.stringify(encodeAnthropicError(error, requestId).body), "error")),
  };
}
