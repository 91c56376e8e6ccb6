import type { ChatEvent } from "../canonical/chat.ts";
import type { ChatStreamDecoder } from "../canonical/chat-dialect.ts";
import { toWeirError, WeirError } from "../canonical/weir-error.ts";
import { describeValue } from "../fields/describe-value.ts";
import { isFields } from "../fields/read-fields.ts";
import { NdjsonDecoder } from "../ndjson/ndjson-decoder.ts";
import { SseDecoder } from "../sse/sse-decoder.ts";
import { tryParseJson } from "../vectors/parse-answer.ts";
import { AnswerAssembler } from "./answer-assembler.ts";
import { learnTemplate, type EventTemplate } from "./event-template.ts";
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

export class AnswerDecoder implements ChatStreamDecoder {
  readonly #form: AnswerForm;
  readonly #assembler: AnswerAssembler;
  readonly #sse: SseDecoder | undefined;
  readonly #lines: NdjsonDecoder | undefined;
  #templates: EventTemplate[] = [];
  // Learning costs more than parsing: it has to pay before it goes on.
  #credit = 8;
  #failure: WeirError | undefined;
  #start: Uint8Array | undefined;
  #eventsRead = 0;

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
    if (this.#start === undefined && bytes.length > 0) this.#start = bytes.slice(0, quotedBytes);
    const out: ChatEvent[] = [];
    return this.#collect(out, () => {
      if (this.#sse !== undefined)
        for (const { event, data } of this.#sse.push(bytes)) {
          if (event === "error" && !this.#assembler.finished) throw toServerError(data);
          this.#takeText(data, out);
        }
      if (this.#lines !== undefined) for (const line of this.#lines.push(bytes)) this.#takeText(line, out);
      const held = (this.#sse ?? this.#lines)?.heldCharacters ?? 0;
      if (held <= mostHeldCharacters) return;
      throw invalid(
        `expected events of at most ${mostHeldCharacters} characters, got one that is longer and has no end`,
      );
    });
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

  /** What was there before a failure is given first, and the failure after it: the same however the bytes are cut. */
  #collect(out: ChatEvent[], act: () => void): readonly ChatEvent[] {
    try {
      act();
    } catch (error) {
      this.#failure = toWeirError(error);
      if (out.length === 0) throw this.#failure;
    }
    return out;
  }

  #takeText(json: string, out: ChatEvent[]): void {
    if (this.#assembler.finished) return;
    this.#eventsRead += 1;
    if (this.#takeByTemplate(json, out)) return;
    if (json === this.#form.endText) {
      this.#assembler.finish(out);
      return;
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
    if (steps.length === 1) this.#learn(json);
  }

  #takeByTemplate(json: string, out: ChatEvent[]): boolean {
    for (const template of this.#templates) {
      const piece = template.match(json);
      if (piece === undefined) continue;
      const { kind, place } = template.value;
      if (kind !== "arguments") out.push({ kind, text: piece });
      else if (!this.#assembler.takeArguments(place, piece, out)) return false;
      if (this.#credit < mostCredit) this.#credit += 1;
      return true;
    }
    return false;
  }

  #learn(json: string): void {
    if (this.#credit < 2) return;
    this.#credit -= 2;
    const template = learnTemplate(json, this.#form.read, this.#form.varying);
    if (template === undefined) return;
    // The newest first: it is the likeliest form of what comes next.
    this.#templates = [template, ...this.#templates.slice(0, mostTemplates - 1)];
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

function invalid(message: string): WeirError {
  return new WeirError("TARGET_ANSWER_INVALID", message);
}
