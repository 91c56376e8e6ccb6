import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { checkModelFolder } from "./check-model-folder.ts";
import { endWithMessage } from "./end-with-message.ts";

/** A flag of a bench, which gives a value of type `T`. */
export interface Flag<T> {
  readonly type: "string" | "boolean";
  /** What it gives where it is left out. */
  readonly fallback: T;
  /** The value of a text; a text that is none of its values throws what was expected, in words. */
  readonly parse: (text: string, name: string) => T;
}

export type FlagValues<T extends Readonly<Record<string, Flag<unknown>>>> = {
  readonly [Name in keyof T]: T[Name] extends Flag<infer Value> ? Value : never;
};

class Unexpected extends Error {}

/** The flags that this process was started with. What they do not take ends it with a line that says so, and code 2. */
export function readFlags<T extends Readonly<Record<string, Flag<unknown>>>>(flags: T): FlagValues<T> {
  const options = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]));
  const { tokens } = parseArgs({ options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map(Object.entries(flags).map(([name, { fallback }]) => [name, fallback]));
  for (const token of tokens) {
    if (token.kind === "positional") endWithMessage(`expected flags, got "${token.value}"`);
    if (token.kind !== "option") continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) endWithMessage(`expected a flag of this bench, got ${token.rawName}`);
    values.set(token.name, parseToken(flag, token));
  }
  return Object.fromEntries(values) as FlagValues<T>;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function parseToken(flag: Flag<unknown>, { name, rawName, value, inlineValue }: OptionToken): unknown {
  if (flag.type === "boolean") {
    if (value !== undefined) endWithMessage(`${rawName}: expected no value, got "${value}"`);
    return true;
  }
  if (value === undefined || (inlineValue !== true && value.startsWith("--")))
    return endWithMessage(`${rawName}: expected a value, got none`);
  try {
    return flag.parse(value, rawName);
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    return endWithMessage(`--${name}: expected ${error.message}, got "${value}"`);
  }
}

/** A whole number, `least` or more. */
export function whole(fallback: number, least = 1): Flag<number> {
  return { type: "string", fallback, parse: (text) => toWhole(text, least) };
}

/** Whole numbers above 0 with commas between them. */
export function wholes(...fallback: readonly number[]): Flag<readonly number[]> {
  return { type: "string", fallback, parse: (text) => text.split(",").map((each) => toWhole(each, 1)) };
}

function toWhole(text: string, least: number): number {
  if (/^\d+$/.test(text) && Number(text) >= least && Number.isSafeInteger(Number(text))) return Number(text);
  throw new Unexpected(`a whole number, ${least} or more`);
}

/** A number above 0; from 0 on where `orZero`. */
export function positive(fallback: number, orZero?: "or zero"): Flag<number> {
  return {
    type: "string",
    fallback,
    parse: (text) => {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (Number.isFinite(value) && (value > 0 || (value === 0 && orZero !== undefined))) return value;
      throw new Unexpected(orZero === undefined ? "a number above 0" : "a number, 0 or more");
    },
  };
}

/** Names of a list with commas between them, all by default; an empty text for none where `orNone`. */
export function someOf<Name extends string>(
  names: readonly Name[],
  orNone?: "or none",
): Flag<readonly Name[]> {
  const parse = (text: string): Name[] =>
    text === "" && orNone !== undefined ? [] : text.split(",").map((each) => toName(names, each, "some of "));
  return { type: "string", fallback: names, parse };
}

/** One name of a list. */
export function oneOf<Name extends string>(names: readonly Name[], fallback: Name): Flag<Name> {
  return { type: "string", fallback, parse: (text) => toName(names, text, "") };
}

function toName<Name extends string>(names: readonly Name[], text: string, some: string): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Unexpected(`${some}${names.join(some === "" ? " or " : ", ")}`);
  return found;
}

/** Any text, or one of a form that `expected` puts in words. */
export function words<T extends string | undefined>(
  fallback: T,
  form: RegExp = /^/,
  expected = "",
): Flag<T | string> {
  const parse = (text: string): string => {
    if (!form.test(text)) throw new Unexpected(expected);
    return text;
  };
  return { type: "string", fallback, parse };
}

/** Given, or not. */
export const given: Flag<boolean> = { type: "boolean", fallback: false, parse: () => true };

/** A folder with a model in it. */
export const modelFolder: Flag<string | undefined> = {
  type: "string",
  fallback: undefined,
  parse: checkModelFolder,
};

/** A folder with a model in it, or the name of one of the reference models. */
export function modelOr(fallback: string): Flag<string> {
  const parse = (text: string, name: string): string =>
    text.startsWith("reference-") ? text : checkModelFolder(text, name);
  return { type: "string", fallback, parse };
}

/** A file that is there. */
export const file: Flag<string | undefined> = {
  type: "string",
  fallback: undefined,
  parse: (text) => {
    if (!existsSync(text)) throw new Unexpected("a file that is there");
    return text;
  },
};
