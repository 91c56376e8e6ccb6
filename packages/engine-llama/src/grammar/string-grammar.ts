import { charClass, choice, repeat, sequence, text, type GrammarNode } from "./grammar-node.ts";
import { stringOf } from "./json-nodes.ts";
import { countOf, type Schema } from "./schema-parts.ts";
import { patternGrammar } from "./pattern-grammar.ts";

/** A JSON string. A pattern or a known format goes before lengths; one that is not understood is not enforced. */
export function stringGrammar(schema: Schema, mostChars: number): GrammarNode | undefined {
  const { pattern, format } = schema;
  const body = bodyOf(pattern, format, mostChars);
  if (body !== undefined) return sequence(text('"'), body, text('"'));
  const min = countOf(schema, "minLength", "up") ?? 0;
  const most = countOf(schema, "maxLength", "down") ?? Infinity;
  return min > most ? undefined : stringOf(min, Math.min(most, Math.max(min, mostChars)));
}

function bodyOf(pattern: unknown, format: unknown, mostChars: number): GrammarNode | undefined {
  if (typeof pattern === "string") return patternGrammar(pattern, mostChars);
  return typeof format === "string" ? formats.get(format) : undefined;
}

function digits(count: number): GrammarNode {
  return repeat(charClass("0-9"), count, count);
}

function hex(count: number): GrammarNode {
  return repeat(charClass("0-9a-f"), count, count);
}

const date = sequence(
  digits(4),
  text("-"),
  choice([sequence(text("0"), charClass("1-9")), sequence(text("1"), charClass("0-2"))]),
  text("-"),
  choice([
    sequence(text("0"), charClass("1-9")),
    sequence(text("1"), charClass("0-9")),
    sequence(text("2"), charClass("0-8")),
  ]),
);

const time = sequence(
  choice([sequence(charClass("01"), charClass("0-9")), sequence(text("2"), charClass("0-3"))]),
  text(":"),
  charClass("0-5"),
  charClass("0-9"),
  text(":"),
  charClass("0-5"),
  charClass("0-9"),
);

/** Days end with the 28th: a grammar does not count months. */
const formats: ReadonlyMap<string, GrammarNode> = new Map([
  ["date", date],
  ["time", sequence(time, text("Z"))],
  ["date-time", sequence(date, text("T"), time, text("Z"))],
  ["uuid", sequence(hex(8), text("-"), hex(4), text("-"), hex(4), text("-"), hex(4), text("-"), hex(12))],
]);
