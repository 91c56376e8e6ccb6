import type { ChatEvent } from "../canonical/chat.ts";
import type { ChatStreamDecoder } from "../canonical/chat-dialect.ts";
import { toWeirError, WeirError } from "../canonical/weir-error.ts";
import { describeValue } from "../fields/describe-value.ts";
import { isFields } from "../fields/read-fields.ts";
import { NdjsonDecoder } from "../ndjson/ndjson-decoder.ts";
import { SseDecoder } from "../sse/sse-decoder.ts";
import { tryParseJson } from "../vectors/parse-answer.ts";
import { AnswerAssembler } from "./answer-assembler.ts";
import { learnTemplate, type FrameTemplate } from "./frame-template.ts";
import { parseChatError, readWireError } from "./read-error.ts";
import type { WireReader } from "./wire-step.ts";

/** How a dialect streams its answers. */
export interface AnswerForm {
  readonly framing: "sse" | "ndjson";
  readonly read: WireReader;
  /** Members of an event whose strings differ from event to event: see {@link learnTemplate}. Global. */
  readonly varying: RegExp;
  /** A text that stands for an event and ends the stream. */
  readonly endText?: string;
  /** Whether a stream is whole once it has said why the answer ended. */
  readonly reasonEnds: boolean;
  /** What ends a stream, in words. */
  readonly endMark: string;
}

const mostTemplates = 4;
const mostCredit = 16;
const mostHeldCharacters = 64 * 2 ** 20;
const quotedBytes = 200;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export class AnswerDecoder implements ChatStreamDecoder {
  readonly #form: AnswerForm;
  readonly #assembler: AnswerAssembler;
  readonly #sse: SseDecoder | undefined;
  readonly #lines: NdjsonDecoder | undefined;
  #templates: FrameTemplate[] = [];
  // Learning costs more than parsing: it has to pay before it goes on.
  #credit = 8;
  #failure: WeirError | undefined;
  #start: Uint8Array | undefined;
  #eventsRead = 0;
  #isBetweenFrames = true;

  constructor(form: AnswerForm, createCallId: () => string) {
    this.#form = form;
    this.#assembler = new AnswerAssembler(createCallId);
    if (form.framing === "sse") this.#sse = new SseDecoder();
    else this.#lines = new NdjsonDecoder();
  }

  get failure(): WeirError | undefined {
    return this.#failure;
  }

  push(bytes: Uint8Array): readonly ChatEvent[] {
    if (this.#failure !== undefined) throw this.#failure;
    const buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#start === undefined && bytes.length > 0)
      this.#start = Uint8Array.from(bytes.subarray(0, quotedBytes));
    const out: ChatEvent[] = [];
    try {
      this.#takeBytes(buffer, out);
    } catch (error) {
      // What was there before a failure is given first, and the failure after it: the same however the bytes are cut.
      this.#failure = toWeirError(error);
      if (out.length === 0) throw this.#failure;
    }
    return out;
  }

  end(): readonly ChatEvent[] {
    if (this.#failure !== undefined) throw this.#failure;
    const out: ChatEvent[] = [];
    try {
      const last = this.#lines?.end().trim() ?? "";
      if (last !== "" && !this.#assembler.finished) this.#takeLast(last, out);
      if (!this.#assembler.finished) {
        if (!this.#form.reasonEnds || !this.#assembler.hasReason) throw this.#toEarlyEnd();
        this.#assembler.finish(out);
      }
    } catch (error) {
      this.#failure = toWeirError(error);
      throw this.#failure;
    }
    return out;
  }

  #takeBytes(bytes: Buffer, out: ChatEvent[]): void {
    let at = 0;
    while (at < bytes.length && !this.#assembler.finished) {
      const after = this.#isBetweenFrames ? this.#takeByTemplate(bytes, at, out) : -1;
      if (after !== -1) {
        at = after;
        continue;
      }
      const end = this.#findFrameEnd(bytes, at);
      const frame = end === -1 ? bytes.subarray(at) : bytes.subarray(at, end);
      const wasBetween = this.#isBetweenFrames;
      const steps = this.#takeFrame(frame, out);
      const held = (this.#sse ?? this.#lines)!.heldCharacters;
      if (held > mostHeldCharacters) throw tooLong();
      this.#isBetweenFrames = end !== -1 && held === 0;
      if (wasBetween && this.#isBetweenFrames && steps === 1) this.#learn(frame);
      at += frame.length;
    }
  }

  #takeByTemplate(bytes: Buffer, at: number, out: ChatEvent[]): number {
    for (const template of this.#templates) {
      const after = template.match(bytes, at);
      if (after === -1) continue;
      const piece = template.readPiece(bytes);
      if (piece === undefined) return -1;
      const { kind, place } = template.value;
      if (kind !== "arguments") out.push({ kind, text: piece });
      else if (!this.#assembler.takeArguments(place, piece, out)) return -1;
      this.#eventsRead += 1;
      if (this.#credit < mostCredit) this.#credit += 1;
      return after;
    }
    return -1;
  }

  /** The place after the first event's end in the bytes; -1 where there is none. */
  #findFrameEnd(bytes: Buffer, start: number): number {
    for (let end = bytes.indexOf(lineFeed, start); end !== -1; end = bytes.indexOf(lineFeed, end + 1)) {
      if (this.#lines !== undefined) return end + 1;
      if (bytes[end + 1] === lineFeed) return end + 2;
      if (bytes[end + 1] === carriageReturn && bytes[end + 2] === lineFeed) return end + 3;
    }
    return -1;
  }

  /** Gives the number of things that the bytes said. */
  #takeFrame(bytes: Uint8Array, out: ChatEvent[]): number {
    let steps = 0;
    if (this.#lines !== undefined)
      for (const line of this.#lines.push(bytes)) steps += this.#takeText(line, out);
    else
      for (const { event, data } of this.#sse!.push(bytes)) {
        if (event === "error" && !this.#assembler.finished) throw toServerError(data);
        steps += this.#takeText(data, out);
      }
    return steps;
  }

  #takeText(json: string, out: ChatEvent[]): number {
    if (this.#assembler.finished) return 0;
    this.#eventsRead += 1;
    if (json === this.#form.endText) {
      this.#assembler.finish(out);
      return 0;
    }
    let event: unknown;
    try {
      event = JSON.parse(json) as unknown;
    } catch {
      event = undefined;
    }
    if (!isFields(event))
      throw invalid(`expected each event to be a JSON object, got ${describeValue(json)}`);
    const steps = this.#form.read(event);
    for (const step of steps) this.#assembler.take(step, out);
    return steps.length;
  }

  #learn(frame: Buffer): void {
    if (this.#credit < 2) return;
    this.#credit -= 2;
    const { framing, read, varying } = this.#form;
    const template = learnTemplate(frame.toString(), framing, read, varying);
    // The newest first: it is the likeliest form of what comes next.
    if (template !== undefined) this.#templates = [template, ...this.#templates.slice(0, mostTemplates - 1)];
  }

  /** A last line without a line break may have been cut: then it is not garbage, but the end came early. */
  #takeLast(line: string, out: ChatEvent[]): void {
    try {
      JSON.parse(line);
    } catch {
      throw this.#toEarlyEnd();
    }
    this.#takeText(line, out);
  }

  #toEarlyEnd(): WeirError {
    const start = this.#start;
    const ended = `the answer ended before ${this.#form.endMark}`;
    if (start === undefined) return invalid(`${ended}: it was empty`);
    if (this.#eventsRead > 0) return invalid(`${ended}, after ${this.#eventsRead} events`);
    const said = parseChatError(start) ?? describeValue(Buffer.from(start).toString());
    return invalid(`${ended}: no event came, but ${said}`);
  }
}

/** An event of the name `error` is one, whatever its data looks like. */
function toServerError(data: string): WeirError {
  const said = tryParseJson(Buffer.from(data)) ?? data;
  const error = (isFields(said) ? readWireError(said) : undefined) ?? readWireError({ error: said });
  return error ?? invalid("the server ended its answer with an error and says no more");
}

function tooLong(): WeirError {
  return invalid(`expected events of at most ${mostHeldCharacters} characters, got a longer one`);
}

function invalid(message: string): WeirError {
  return new WeirError("TARGET_ANSWER_INVALID", message);
}
