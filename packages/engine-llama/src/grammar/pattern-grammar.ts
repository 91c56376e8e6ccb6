import { charSetGrammar, complement, type CharRange } from "./char-set.ts";
import { choice, repeat, sequence, text, type GrammarNode } from "./grammar-node.ts";

/** How often what is repeated without end within a repetition may stand. */
const nestedRepeats = 8;

/**
 * Texts that a regular expression finds itself in, written as the inside of a JSON string: what it matches and nothing
 * around it. Undefined for what is not understood: looking around, back references, boundaries, flags, properties.
 */
export function patternGrammar(pattern: string, mostChars: number): GrammarNode | undefined {
  try {
    const reader = new PatternReader(pattern, mostChars);
    const node = reader.readAll();
    if (reader.opens <= 1) return node;
    const shared = new PatternReader(pattern, Math.ceil(Math.min(mostChars, mostShared) / reader.opens));
    const bounded = shared.readAll();
    return countPlaces(bounded) <= mostPlaces ? bounded : undefined;
  } catch (error) {
    if (error === notUnderstood) return undefined;
    throw error;
  }
}

/**
 * Several repetitions of one pattern may part a text in many ways, each of which llama.cpp follows. They share so many
 * characters, and patterns where it still may be in more places than this at once are not enforced.
 */
const mostShared = 300;
const mostPlaces = 1_000;

function countPlaces(node: GrammarNode): number {
  switch (node.kind) {
    case "text":
    case "class":
      return 1;
    case "sequence":
      return node.items.reduce((sum, item) => sum + countPlaces(item), 0);
    case "choice":
      return node.options.reduce((sum, option) => sum + countPlaces(option), 0);
    case "repeat":
      return node.max * countPlaces(node.item);
    case "shared":
      return countPlaces(node.body);
  }
}

const notUnderstood = new Error("not understood");

const digit: readonly CharRange[] = [[0x30, 0x39]];
const word: readonly CharRange[] = [...digit, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const space: readonly CharRange[] = [
  [9, 13],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const lineEnds: readonly CharRange[] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];

const classes: ReadonlyMap<string, readonly CharRange[]> = new Map([
  ["d", digit],
  ["D", complement(digit)],
  ["w", word],
  ["W", complement(word)],
  ["s", space],
  ["S", complement(space)],
]);

class PatternReader {
  readonly #chars: readonly string[];
  readonly #mostChars: number;
  /** What is repeated is read twice, and what is repeated within that four times. */
  #readsLeft = 20_000;
  /** Repetitions of more than one time. */
  opens = 0;
  #place = 0;
  #nesting = 0;

  constructor(pattern: string, mostChars: number) {
    this.#chars = Array.from(pattern);
    this.#mostChars = mostChars;
  }

  readAll(): GrammarNode {
    const node = this.#readChoice(true);
    if (this.#place < this.#chars.length) throw notUnderstood;
    return node;
  }

  #readChoice(outermost: boolean): GrammarNode {
    const options = [this.#readSequence(outermost)];
    while (this.#take("|")) options.push(this.#readSequence(outermost));
    return choice(options);
  }

  #readSequence(outermost: boolean): GrammarNode {
    const items: GrammarNode[] = [];
    // Anchors say where a match may lie, and it is all there is.
    if (outermost) this.#take("^");
    for (;;) {
      const char = this.#chars[this.#place];
      if (char === undefined || char === "|" || char === ")") break;
      const next = this.#chars[this.#place + 1];
      if (outermost && char === "$" && (next === undefined || next === "|")) {
        this.#place += 1;
        break;
      }
      items.push(this.#readQuantified());
    }
    return sequence(...items);
  }

  #readQuantified(): GrammarNode {
    if ((this.#readsLeft -= 1) < 0) throw notUnderstood;
    const start = this.#place;
    const once = this.#readAtom();
    const times = this.#readTimes();
    if (times === undefined) return once;
    const [min, max] = times;
    if (max > 1) this.opens += 1;
    if (max !== Infinity) return repeat(once, min, max);
    const most = Math.max(min, this.#nesting > 0 ? nestedRepeats : this.#mostChars);
    if (this.#chars[start] !== "(") return repeat(once, min, most);
    // Read again, now that it is known to be repeated: what is open inside is bounded more.
    const end = this.#place;
    this.#place = start;
    this.#nesting += 1;
    const inner = this.#readAtom();
    this.#nesting -= 1;
    this.#place = end;
    return repeat(inner, min, Math.max(min, Math.min(most, nestedRepeats * 2)));
  }

  #readTimes(): readonly [number, number] | undefined {
    const rest = this.#chars.slice(this.#place, this.#place + 16).join("");
    const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(rest);
    if (found === null) return undefined;
    this.#place += found[0].length;
    if (found[0].startsWith("*")) return [0, Infinity];
    if (found[0].startsWith("+")) return [1, Infinity];
    if (found[0].startsWith("?")) return [0, 1];
    const min = Number(found[1]);
    if (found[2] === "") return [min, min];
    const max = found[3] === "" ? Infinity : Number(found[3]);
    if (min > max) throw notUnderstood;
    return [min, max];
  }

  #readAtom(): GrammarNode {
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#readGroup();
      case "[":
        return writable(this.#readClass());
      case ".":
        return writable(complement(lineEnds));
      case "\\":
        return writable(this.#readEscape());
      case "^":
      case "$":
      case "*":
      case "+":
      case "?":
        throw notUnderstood;
      default:
        return text(JSON.stringify(char).slice(1, -1));
    }
  }

  #readGroup(): GrammarNode {
    if (this.#take("?") && !this.#take(":")) {
      const named = /^<[A-Za-z_]\w*>/.exec(this.#chars.slice(this.#place, this.#place + 64).join(""));
      if (named === null) throw notUnderstood;
      this.#place += named[0].length;
    }
    const node = this.#readChoice(false);
    if (!this.#take(")")) throw notUnderstood;
    return node;
  }

  #readClass(): readonly CharRange[] {
    const negated = this.#take("^");
    const ranges: CharRange[] = [];
    while (!this.#take("]")) {
      const from = this.#readClassPart();
      const single = from.length === 1 && from[0]![0] === from[0]![1];
      const spans = this.#chars[this.#place] === "-" && this.#chars[this.#place + 1] !== "]";
      if (!single || !spans) {
        ranges.push(...from);
        continue;
      }
      this.#place += 1;
      const to = this.#readClassPart();
      if (to.length !== 1 || to[0]![0] < from[0]![0]) throw notUnderstood;
      ranges.push([from[0]![0], to[0]![1]]);
    }
    return negated ? complement(ranges) : ranges;
  }

  #readClassPart(): readonly CharRange[] {
    const char = this.#next();
    if (char === "\\") return this.#take("b") ? point(8) : this.#readEscape();
    return point(char.codePointAt(0)!);
  }

  #readEscape(): readonly CharRange[] {
    const char = this.#next();
    const known = classes.get(char);
    if (known !== undefined) return known;
    const control = { n: 10, r: 13, t: 9, f: 12, v: 11 }[char];
    if (control !== undefined) return point(control);
    if (char === "x") return this.#readHex(2);
    if (char === "u") return this.#readHex(4);
    if (/[0-9A-Za-z]/.test(char)) throw notUnderstood;
    return point(char.codePointAt(0)!);
  }

  #readHex(length: number): readonly CharRange[] {
    const hex = this.#chars.slice(this.#place, this.#place + length).join("");
    if (!/^[0-9A-Fa-f]+$/.test(hex) || hex.length < length) throw notUnderstood;
    this.#place += length;
    return point(Number.parseInt(hex, 16));
  }

  #next(): string {
    const char = this.#chars[this.#place];
    if (char === undefined) throw notUnderstood;
    this.#place += 1;
    return char;
  }

  #take(char: string): boolean {
    if (this.#chars[this.#place] !== char) return false;
    this.#place += 1;
    return true;
  }
}

function point(code: number): readonly CharRange[] {
  return [[code, code]];
}

function writable(ranges: readonly CharRange[]): GrammarNode {
  const node = charSetGrammar(ranges);
  if (node === undefined) throw notUnderstood;
  return node;
}
