import type { ChatDialectName } from "@weir/protocol";
import type { AnswerObservation } from "./answer-observation.ts";
import { chatStreamForms, has, place, places, type ChatStreamForm } from "./chat-shapes.ts";
import { excerptOf, findErrorMessage, tryParseJson } from "./describe-error.ts";
import type { EventReader, EventSink } from "./event-sink.ts";
import { EventTemplate } from "./event-template.ts";
import { JsonScanner } from "./json-scanner.ts";
import { KeptAnswer } from "./kept-answer.ts";
import { mostCarriedBytes } from "./carried-bytes.ts";
import { NdjsonReader } from "./ndjson-reader.ts";
import { SseReader } from "./sse-reader.ts";

/** What is wrong with an answer. */
export interface AnswerFault {
  readonly failure:
    | "truncated-stream"
    | "stream-error"
    | "wrong-answer"
    | "empty-answer"
    | "answer-too-large";
  readonly message: string;
}

const lastBlank = 0x20;
const openBrace = 0x7b;
const openBracket = 0x5b;
const lessThan = 0x3c;
/** Far more than any model says; what grows with a stream stays bounded by it. */
const longestStreamBytes = 256 * 1024 * 1024;
const doneText: Uint8Array = new TextEncoder().encode("[DONE]");
const token = has.text | has.reasoning | has.tool;

/**
 * Reads answers of one chat dialect, streamed or whole, and notes in an {@link AnswerObservation} when their chunks came
 * and what the server counted. A chunk is an event with text, reasoning or a piece of a tool call in it, and its time is
 * that of the read which completed it. One of these serves all answers of a session.
 */
export class ChatAnswerReader implements EventSink {
  readonly #form: ChatStreamForm;
  readonly #scanner: JsonScanner;
  readonly #template = new EventTemplate();
  readonly #events: EventReader;
  readonly #kept: KeptAnswer;
  readonly #keeps: boolean;
  readonly #observed: AnswerObservation;
  #atMs = 0;
  #bytes = 0;
  #seen = 0;
  #begun = false;
  #over = false;
  #ending = false;
  #fault: AnswerFault | undefined;

  /** @param keeps whether the texts and calls of streams are kept, which costs a full parse of every event */
  constructor(dialect: ChatDialectName, observed: AnswerObservation, keeps: boolean) {
    this.#form = chatStreamForms[dialect];
    this.#scanner = new JsonScanner(this.#form.shape, places);
    this.#events = this.#form.framing === "sse" ? new SseReader(this) : new NdjsonReader(this);
    this.#kept = new KeptAnswer(dialect);
    this.#keeps = keeps;
    this.#observed = observed;
  }

  /** What the last answer said: of a stream where it was to be kept, of a whole answer always. */
  get kept(): KeptAnswer {
    return this.#kept;
  }

  /** A streamed answer begins. The observation is the caller's to begin. */
  begin(): void {
    this.#scanner.begin();
    this.#template.begin();
    this.#events.begin();
    this.#kept.begin();
    this.#seen = 0;
    this.#bytes = 0;
    this.#begun = false;
    this.#over = false;
    this.#ending = false;
    this.#fault = undefined;
  }

  /** The next piece of a stream, cut anywhere. */
  push(bytes: Uint8Array, start: number, end: number, atMs: number): void {
    if (this.#over) return;
    this.#atMs = atMs;
    this.#bytes += end - start;
    if (this.#bytes > longestStreamBytes) {
      this.#fail("answer-too-large", `the stream is longer than ${longestStreamBytes / 1024 / 1024} MiB`);
      return;
    }
    if (!this.#begun && !this.#beginsAsStream(bytes, start, end)) return;
    if (!this.#events.push(bytes, start, end))
      this.#fail("wrong-answer", `an event of the stream is longer than ${mostCarriedBytes} bytes`);
  }

  /** The stream is over: what is wrong with it, or undefined where nothing is. */
  finish(): AnswerFault | undefined {
    this.#ending = true;
    if (!this.#over) this.#events.end();
    this.#noteNumbers();
    if (this.#fault !== undefined) return this.#fault;
    const { chunks } = this.#observed;
    // One choice of several that is finished says nothing of the others.
    const several = this.#scanner.numbers[place.choice]! > 0;
    if ((this.#seen & (several ? has.end : this.#form.wholeWith)) === 0)
      return {
        failure: "truncated-stream",
        message: `the stream ended after ${chunks} chunks without its end mark (${this.#form.endMark})`,
      };
    return chunks === 0 ? emptyAnswer : undefined;
  }

  /** Reads an answer that came in one piece, by a full parse. What is wrong with it, or undefined. */
  readWhole(body: Uint8Array): AnswerFault | undefined {
    this.#scanner.begin();
    this.#kept.begin();
    const answer = tryParseJson(body);
    if (answer === undefined || !this.#scanner.scan(body, 0, body.length))
      return { failure: "wrong-answer", message: `the answer is no JSON: ${excerptOf(body)}` };
    if ((this.#scanner.flags & has.error) !== 0)
      return { failure: "wrong-answer", message: findErrorMessage(answer) ?? excerptOf(body) };
    this.#kept.add(answer);
    this.#noteNumbers();
    return this.#kept.isEmpty ? emptyAnswer : undefined;
  }

  onEvent(bytes: Uint8Array, start: number, end: number, isError: boolean): void {
    if (this.#over || start === end) return;
    if (isError) {
      this.#failWithEvent(bytes, start, end);
      return;
    }
    if (this.#template.fits(bytes, start, end)) {
      this.#noteChunk(this.#template.flags);
      if (this.#keeps) this.#kept.add(tryParseJson(bytes, start, end));
      return;
    }
    if (bytes[start] === openBracket && isDone(bytes, start, end)) {
      this.#seen |= has.end;
      this.#over = true;
      return;
    }
    if (!this.#scanner.scan(bytes, start, end)) {
      // Half a line at the end is a stream that was cut off.
      if (this.#ending) return;
      this.#fail("wrong-answer", `an event of the stream is no JSON: ${excerptOf(bytes, start, end)}`);
      return;
    }
    const { flags, spans, spanCount } = this.#scanner;
    this.#seen |= flags;
    if ((flags & token) !== 0) this.#noteChunk(flags);
    if ((flags & token) !== 0 && (flags & ~token) === 0)
      this.#template.learn(bytes, start, end, flags, spans, spanCount);
    if ((flags & has.error) !== 0) this.#failWithEvent(bytes, start, end);
    else if (this.#keeps && (flags & token) !== 0) this.#kept.add(tryParseJson(bytes, start, end));
  }

  #noteChunk(flags: number): void {
    const observed = this.#observed;
    observed.noteChunk(this.#atMs, (flags & has.text) !== 0);
    if ((flags & has.tool) === 0) return;
    if (Number.isNaN(observed.firstToolCallMs)) observed.firstToolCallMs = this.#atMs;
    observed.lastToolCallMs = this.#atMs;
  }

  // A whole answer or a page where a stream was asked for shows in its first character.
  #beginsAsStream(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    while (at < end && bytes[at]! <= lastBlank) at += 1;
    if (at === end) return true;
    this.#begun = true;
    const first = bytes[at];
    const isJson = first === openBrace || first === openBracket;
    const fits = this.#form.framing === "ndjson" ? first === openBrace : !isJson && first !== lessThan;
    if (!fits)
      this.#fail("wrong-answer", `a stream was asked for, and the answer is ${excerptOf(bytes, at, end)}`);
    return fits;
  }

  #failWithEvent(bytes: Uint8Array, start: number, end: number): void {
    const message = findErrorMessage(tryParseJson(bytes, start, end)) ?? excerptOf(bytes, start, end);
    this.#fail("stream-error", message);
  }

  #fail(failure: AnswerFault["failure"], message: string): void {
    this.#fault ??= { failure, message };
    this.#over = true;
  }

  #noteNumbers(): void {
    const { numbers } = this.#scanner;
    const observed = this.#observed;
    const cached = numbers[place.cached]!;
    observed.cachedInputTokens = cached;
    observed.inputTokens = numbers[place.input]!;
    if (this.#form.cachedApart) observed.inputTokens += orZero(cached) + orZero(numbers[place.written]!);
    observed.outputTokens = numbers[place.output]!;
    const perMs = this.#form.durationsPerMs;
    const totalMs = numbers[place.total]! / perMs;
    const modelMs = (numbers[place.prompt]! + numbers[place.generation]!) / perMs;
    // What the answer's head said stays where its body says nothing.
    if (!Number.isNaN(totalMs)) observed.serverMs = totalMs;
    if (!Number.isNaN(modelMs)) observed.serverInferenceMs = modelMs;
  }
}

const emptyAnswer: AnswerFault = {
  failure: "empty-answer",
  message: "the answer holds no text, no reasoning and no tool call",
};

function isDone(bytes: Uint8Array, start: number, end: number): boolean {
  let last = end;
  while (last > start && bytes[last - 1]! <= lastBlank) last -= 1;
  if (last - start !== doneText.length) return false;
  for (let index = 0; index < doneText.length; index += 1)
    if (bytes[start + index] !== doneText[index]) return false;
  return true;
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
