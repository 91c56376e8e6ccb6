import type { WireReader, WireStep } from "./wire-step.ts";
import { isFields, type Fields } from "../fields/read-fields.ts";

const backslash = 0x5c;

/** A template's value: what it is a piece of, and its place for arguments. */
export interface TemplateValue {
  readonly kind: "text" | "reasoning" | "arguments";
  readonly place: number | undefined;
}

/**
 * The JSON text of one event of a stream with holes: those of a server differ in nothing but a few strings, one of which
 * is the piece of the answer. Such an event is read without parsing it.
 */
export class EventTemplate {
  readonly value: TemplateValue;
  readonly #fixed: readonly string[];
  readonly #valueHole: number;

  constructor(fixed: readonly string[], valueHole: number, value: TemplateValue) {
    this.#fixed = fixed;
    this.#valueHole = valueHole;
    this.value = value;
  }

  /** The piece of the answer in an event of this form; undefined for any other event, and for an empty piece. */
  match(json: string): string | undefined {
    const fixed = this.#fixed;
    const first = fixed[0]!;
    if (!json.startsWith(first)) return undefined;
    let at = first.length;
    let piece = "";
    for (let hole = 0; hole < fixed.length - 1; hole += 1) {
      const end = findStringEnd(json, at);
      const after = fixed[hole + 1]!;
      if (end === -1 || !json.startsWith(after, end)) return undefined;
      if (hole === this.#valueHole) piece = json.slice(at, end);
      at = end + after.length;
    }
    if (at !== json.length || piece === "") return undefined;
    return piece.includes("\\") ? tryParseString(piece) : piece;
  }
}

/**
 * The template of an event that is nothing but one piece of the answer; undefined for any other. `names` are the members
 * whose strings differ from event to event, the pieces' own among them. That the reader looks at no other of them is
 * found out by asking it about the same event with other strings in the holes.
 */
export function learnTemplate(json: string, read: WireReader, names: RegExp): EventTemplate | undefined {
  const fixed: string[] = [];
  let after = 0;
  for (const match of json.matchAll(names)) {
    const start = match.index + match[0].length;
    const end = findStringEnd(json, start);
    if (end === -1) return undefined;
    // An empty string may stand for a member that is left out.
    if (end === start) continue;
    fixed.push(json.slice(after, start));
    after = end;
  }
  if (fixed.length === 0) return undefined;
  fixed.push(json.slice(after));

  const toProbe = (hole: number): string => `@${hole}@`;
  const probed = fixed.map((part, hole) => (hole === 0 ? part : toProbe(hole - 1) + part)).join("");
  const event = tryParse(probed);
  if (event === undefined) return undefined;
  const steps = read(event);
  const [step] = steps;
  if (steps.length !== 1 || step === undefined) return undefined;
  const value = toTemplateValue(step);
  if (value === undefined) return undefined;
  const hole = fixed.findIndex((_, index) => toProbe(index) === value.text);
  return hole === -1 ? undefined : new EventTemplate(fixed, hole, value);
}

function toTemplateValue(step: WireStep): (TemplateValue & { readonly text: string }) | undefined {
  if (step.kind === "text" || step.kind === "reasoning")
    return { kind: step.kind, place: undefined, text: step.text };
  if (step.kind !== "call" || step.id !== "" || step.name !== "") return undefined;
  return { kind: "arguments", place: step.place, text: step.json };
}

/** Where the JSON string that begins at `at` ends: its closing quote. -1 where it does not. */
function findStringEnd(json: string, at: number): number {
  for (let end = json.indexOf('"', at); end !== -1; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (end - escapes > at && json.charCodeAt(end - escapes - 1) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}

function tryParseString(piece: string): string | undefined {
  try {
    return JSON.parse(`"${piece}"`) as string;
  } catch {
    return undefined;
  }
}

function tryParse(json: string): Fields | undefined {
  try {
    const value = JSON.parse(json) as unknown;
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
