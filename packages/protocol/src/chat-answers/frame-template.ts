import { isFields } from "../fields/read-fields.ts";
import { SseDecoder } from "../sse/sse-decoder.ts";
import type { WireReader, WireStep } from "./wire-step.ts";

const quote = 0x22;
const backslash = 0x5c;
const lastControl = 0x1f;

/** What a template's piece is of, and its place where that is a call's arguments. */
interface TemplateValue {
  readonly kind: "text" | "reasoning" | "arguments";
  readonly place: number | undefined;
}

/**
 * The bytes of one event of a stream, its line breaks included, with holes: those of a server differ in nothing but a few
 * strings, one of which is the piece of the answer. Such an event is read in one pass over its bytes, without making
 * anything but the piece.
 */
export class FrameTemplate {
  readonly value: TemplateValue;
  readonly #fixed: readonly Uint8Array[];
  readonly #valueHole: number;
  #pieceStart = 0;
  #pieceEnd = 0;
  #isEscaped = false;

  constructor(fixed: readonly Uint8Array[], valueHole: number, value: TemplateValue) {
    this.#fixed = fixed;
    this.#valueHole = valueHole;
    this.value = value;
  }

  /** Where the event of this form ends that begins at `start`. -1 where there is none, or one with an empty piece. */
  match(bytes: Uint8Array, start: number): number {
    const fixed = this.#fixed;
    let at = skipFixed(fixed[0]!, bytes, start);
    for (let hole = 0; at !== -1 && hole < fixed.length - 1; hole += 1) {
      const from = at;
      let isEscaped = false;
      for (;;) {
        if (at >= bytes.length) return -1;
        const byte = bytes[at]!;
        if (byte === quote) break;
        if (byte <= lastControl) return -1;
        if (byte === backslash) {
          isEscaped = true;
          at += 1;
        }
        at += 1;
      }
      if (hole === this.#valueHole) {
        // An empty string may stand for a member that is left out.
        if (at === from) return -1;
        this.#pieceStart = from;
        this.#pieceEnd = at;
        this.#isEscaped = isEscaped;
      }
      at = skipFixed(fixed[hole + 1]!, bytes, at);
    }
    return at;
  }

  /** The piece in the event that matched last; undefined where it is no JSON string. */
  readPiece(bytes: Buffer): string | undefined {
    if (!this.#isEscaped) return bytes.toString("utf8", this.#pieceStart, this.#pieceEnd);
    try {
      return JSON.parse(bytes.toString("utf8", this.#pieceStart - 1, this.#pieceEnd + 1)) as string;
    } catch {
      return undefined;
    }
  }
}

/** The place after the fixed bytes at `start`; -1 where there are others. */
function skipFixed(fixed: Uint8Array, bytes: Uint8Array, start: number): number {
  const { length } = fixed;
  if (start + length > bytes.length) return -1;
  for (let index = 0; index < length; index += 1) if (bytes[start + index] !== fixed[index]) return -1;
  return start + length;
}

/**
 * The template of a frame that is nothing but one piece of the answer; undefined for any other. `varying` finds the
 * members whose strings differ from event to event, the pieces' own among them. That the reader looks at no other of them
 * is found out by asking it about the same event with other strings in the holes.
 */
export function learnTemplate(
  frame: string,
  framing: "sse" | "ndjson",
  read: WireReader,
  varying: RegExp,
): FrameTemplate | undefined {
  const fixed: string[] = [];
  let after = 0;
  const inside = /[^"\\]*(?:\\.[^"\\]*)*/y;
  for (const match of frame.matchAll(varying)) {
    const start = match.index + match[0].length;
    inside.lastIndex = start;
    inside.exec(frame);
    if (inside.lastIndex === start) continue;
    fixed.push(frame.slice(after, start));
    after = inside.lastIndex;
  }
  if (fixed.length === 0) return undefined;
  fixed.push(frame.slice(after));

  const toProbe = (hole: number): string => `@${hole}@`;
  const probed = fixed.map((part, hole) => (hole === 0 ? part : toProbe(hole - 1) + part)).join("");
  const [step, ...others] = readFrame(probed, framing, read);
  const value = step === undefined || others.length > 0 ? undefined : toTemplateValue(step);
  if (value === undefined) return undefined;
  const hole = fixed.findIndex((_, index) => toProbe(index) === value.text);
  if (hole === -1) return undefined;
  const { kind, place } = value;
  return new FrameTemplate(
    fixed.map((part) => Buffer.from(part)),
    hole,
    { kind, place },
  );
}

/** What a frame of exactly one event says; nothing for any other frame. */
function readFrame(frame: string, framing: "sse" | "ndjson", read: WireReader): readonly WireStep[] {
  let json = frame;
  if (framing === "sse") {
    const [event, ...others] = new SseDecoder().push(Buffer.from(frame));
    if (event === undefined || event.event === "error" || others.length > 0) return [];
    json = event.data;
  }
  try {
    const event = JSON.parse(json) as unknown;
    return isFields(event) ? read(event) : [];
  } catch {
    return [];
  }
}

function toTemplateValue(step: WireStep): (TemplateValue & { readonly text: string }) | undefined {
  if (step.kind === "text" || step.kind === "reasoning")
    return { kind: step.kind, place: undefined, text: step.text };
  if (step.kind !== "call" || step.id !== "" || step.name !== "") return undefined;
  return { kind: "arguments", place: step.place, text: step.json };
}
