import type { ChatEvent, FinishReason } from "@weir/protocol";
import type { TokenBytes } from "../llama/token-bytes.ts";
import type { AnswerParser } from "../tools/answer-parser.ts";
import { createStopTexts } from "./stop-texts.ts";

export interface AnswerTerms {
  readonly tokenBytes: TokenBytes;
  /** Ends the answer and is no part of it. */
  isEnd(token: number): boolean;
  /** Whether a token's text is a part of the answer's; of those that mark something only some are. */
  isShown(token: number): boolean;
  readonly parser: AnswerParser;
  /** Texts that end the answer because the client wants it. */
  readonly stop: readonly string[];
  /** Texts with which the model itself ends its turn. */
  readonly turnEnds: readonly string[];
  /** Most tokens. */
  readonly maxTokens: number;
  /** Tokens that the context has room for. */
  readonly roomTokens: number;
}

/** One answer as it grows. */
export interface Answer {
  /** Returns whether more tokens are wanted. */
  take(tokens: readonly number[]): boolean;
  /** What came since it was called last, without `finish`. */
  drain(): ChatEvent[];
  /** Undefined while it grows. */
  readonly reason: FinishReason | undefined;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export function createAnswer(terms: AnswerTerms): Answer {
  const { tokenBytes, parser, stop, turnEnds, maxTokens, roomTokens } = terms;
  // Incomplete characters stay in the decoder until their last byte is there.
  const decoder = new TextDecoder();
  const stops = createStopTexts([...stop, ...turnEnds]);
  let events: ChatEvent[] = [];
  let reason: FinishReason | undefined;
  let outputTokens = 0;
  let reasoningTokens = 0;
  let isReasoning = false;
  let hasCalls = false;

  function add(parsed: readonly ChatEvent[]): void {
    for (const event of parsed) {
      isReasoning = event.kind === "reasoning";
      if (event.kind === "tool-call") hasCalls = true;
      const last = events.at(-1);
      if (last?.kind === "text" && event.kind === "text")
        events[events.length - 1] = { kind: "text", text: last.text + event.text };
      else if (last?.kind === "reasoning" && event.kind === "reasoning")
        events[events.length - 1] = { kind: "reasoning", text: last.text + event.text };
      else events.push(event);
    }
  }

  /** Returns the index of the stop text that it ended with. */
  function show(text: string): number | undefined {
    if (text === "") return undefined;
    const cut = stops.push(text);
    if (cut.text !== "") add(parser.push(cut.text));
    return cut.stop;
  }

  function finish(as: FinishReason, stopped: number | undefined): void {
    let why = as;
    if (stopped === undefined) {
      const found = show(decoder.decode());
      const rest = found === undefined ? stops.end() : "";
      if (rest !== "") add(parser.push(rest));
    }
    add(parser.end());
    if (why === "end" && hasCalls) why = "tool-calls";
    reason = why;
  }

  function takeOne(token: number): void {
    outputTokens += 1;
    if (terms.isEnd(token)) return finish("end", undefined);
    const text = terms.isShown(token) ? decoder.decode(tokenBytes.of(token), { stream: true }) : "";
    const stopped = show(text);
    if (isReasoning) reasoningTokens += 1;
    if (stopped !== undefined) finish(stopped < stop.length ? "stop-sequence" : "end", stopped);
    else if (outputTokens >= maxTokens) finish("length", undefined);
    else if (outputTokens >= roomTokens) finish("context-full", undefined);
  }

  return {
    take: (tokens) => {
      for (const token of tokens) {
        takeOne(token);
        if (reason !== undefined) return false;
      }
      return true;
    },
    drain: () => {
      const drained = events;
      events = [];
      return drained;
    },
    get reason() {
      return reason;
    },
    get outputTokens() {
      return outputTokens;
    },
    get reasoningTokens() {
      return reasoningTokens;
    },
  };
}
