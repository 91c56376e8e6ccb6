import {
  charClass,
  choice,
  optional,
  repeat,
  sequence,
  shared,
  text,
  type GrammarNode,
} from "./grammar-node.ts";
import type { GrammarLimits } from "./grammar-limits.ts";
import { numberGrammar } from "./number-grammar.ts";

/** A character of a JSON string. Everything but control characters may stand there as it is, so \\u is not needed. */
const stringChar: GrammarNode = shared(
  choice([charClass('^"\\\\\\x00-\\x1F\\x7F'), sequence(text("\\"), charClass('"\\\\/bfnrt'))]),
);

/** One space or none: models have read both, and none may be filled with white space. */
export const comma: GrammarNode = shared(sequence(text(","), optional(text(" "))));
export const colon: GrammarNode = shared(sequence(text(":"), optional(text(" "))));

export function literal(value: unknown): GrammarNode {
  return text(JSON.stringify(value));
}

export function stringOf(min: number, max: number): GrammarNode {
  return sequence(text('"'), repeat(stringChar, min, max), text('"'));
}

/** `{...}` or `[...]` of so many parts. `max` >= `min`. */
export function listOf(
  open: string,
  close: string,
  part: GrammarNode,
  min: number,
  max: number,
): GrammarNode {
  if (max === 0) return text(open + close);
  const unit = shared(part);
  const some = sequence(unit, repeat(sequence(comma, unit), Math.max(0, min - 1), max - 1));
  return sequence(text(open), min === 0 ? optional(some) : some, text(close));
}

/** `[...]` of just these parts. */
export function sequenceOf(open: string, close: string, parts: readonly GrammarNode[]): GrammarNode {
  return sequence(
    text(open),
    ...parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part])),
    text(close),
  );
}

/** Any JSON value, arrays and objects at most `limits.depth` deep. */
export function createAnyValue(limits: GrammarLimits): {
  readonly value: GrammarNode;
  readonly object: GrammarNode;
} {
  const string = shared(stringOf(0, limits.stringChars));
  const key = shared(stringOf(1, limits.keyChars));
  const open = { min: undefined, max: undefined, exclusiveMin: false, exclusiveMax: false };
  const scalar = shared(
    choice([
      string,
      shared(numberGrammar(open, limits.digits, limits.decimals)!),
      text("true"),
      text("false"),
      text("null"),
    ]),
  );
  const objectOf = (value: GrammarNode): GrammarNode =>
    shared(listOf("{", "}", sequence(key, colon, value), 0, limits.items));
  let value: GrammarNode = scalar;
  for (let depth = 0; depth < limits.depth; depth += 1)
    value = shared(choice([scalar, objectOf(value), shared(listOf("[", "]", value, 0, limits.items))]));
  return { value, object: objectOf(value) };
}
