import { charClass, choice, text, type GrammarNode } from "./grammar-node.ts";

/** Code points from and to, both included. */
export type CharRange = readonly [from: number, to: number];

const last = 0x10ffff;

/** What JSON strings do not take as it is, and what is half a character. */
const unwritable: readonly CharRange[] = [
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
  [0x7f, 0x7f],
  [0xd800, 0xdfff],
];

const escapes: readonly (readonly [point: number, written: string])[] = [
  [0x22, '\\"'],
  [0x5c, "\\\\"],
];

export function complement(ranges: readonly CharRange[]): readonly CharRange[] {
  const gaps: CharRange[] = [];
  let next = 0;
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (from > next) gaps.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= last) gaps.push([next, last]);
  return gaps;
}

/** One character of a set, as it stands in a JSON string. Undefined where none can. */
export function charSetGrammar(ranges: readonly CharRange[]): GrammarNode | undefined {
  // What is in the set and can be written is what is not (outside of the set, or unwritable).
  const written = complement([...complement(ranges), ...unwritable]);
  const options: GrammarNode[] = [];
  if (written.length > 0) options.push(charClass(written.map(describeRange).join("")));
  for (const [point, escape] of escapes)
    if (ranges.some(([from, to]) => from <= point && point <= to)) options.push(text(escape));
  return options.length === 0 ? undefined : choice(options);
}

function describeRange([from, to]: CharRange): string {
  return from === to ? describePoint(from) : `${describePoint(from)}-${describePoint(to)}`;
}

function describePoint(point: number): string {
  const char = String.fromCodePoint(point);
  if (/[0-9A-Za-z]/.test(char)) return char;
  if (point <= 0xff) return `\\x${point.toString(16).toUpperCase().padStart(2, "0")}`;
  return `\\U${point.toString(16).toUpperCase().padStart(8, "0")}`;
}
