import { parseKeepAlive } from "@weir/protocol";
import { parseDuration } from "../flags/parse-duration.ts";

/** What values an option takes, and how they are read. */
export interface OptionKind<Value> {
  /** What stands for the value in the help, e.g. `number`; undefined for a switch. */
  readonly placeholder: string | undefined;
  /** Whether it may be given several times. */
  readonly list: boolean;
  /** What is right, for messages: "expected ...". */
  readonly expected: string;
  /**
   * Reads a value as it was written: text from flags and variables, anything from a configuration file. A list comes as
   * a list. Undefined where it is wrong.
   */
  readonly read: (written: unknown) => Value | undefined;
}

export const text: OptionKind<string> = {
  placeholder: "text",
  list: false,
  expected: "a text",
  read: (written) => (typeof written === "string" && written !== "" ? written : undefined),
};

/** The same kind with its value called something else. */
export function named<Value>(placeholder: string, kind: OptionKind<Value>): OptionKind<Value> {
  return { ...kind, placeholder };
}

export const switched: OptionKind<boolean> = {
  placeholder: undefined,
  list: false,
  expected: "true or false",
  read(written) {
    if (typeof written === "boolean") return written;
    if (written === "true" || written === "1") return true;
    return written === "false" || written === "0" ? false : undefined;
  },
};

export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): OptionKind<number> {
  return {
    placeholder: "number",
    list: false,
    expected: `a whole number from ${least} ${most === Number.MAX_SAFE_INTEGER ? "on" : `to ${most}`}`,
    read(written) {
      const isNumber = typeof written === "number" || (typeof written === "string" && /^\d+$/.test(written));
      const value = isNumber ? Number(written) : Number.NaN;
      return Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined;
    },
  };
}

/** A part of the whole from 0 to 1, written as 0.95 or 95%. */
export const share: OptionKind<number> = {
  placeholder: "share",
  list: false,
  expected: "a share from 0 to 1 such as 0.95, or 95%",
  read(written) {
    const [, digits, percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(String(written).trim()) ?? [];
    const value = digits === undefined ? Number.NaN : Number(digits) / (percent === "%" ? 100 : 1);
    return value >= 0 && value <= 1 ? value : undefined;
  },
};

// Node's timers hold no more.
const longestMs = 2 ** 31 - 1;

/** Milliseconds, written as 500ms, 30s, 2m or 1h. */
export function duration(leastMs: number): OptionKind<number> {
  return {
    placeholder: "time",
    list: false,
    expected: "a duration such as 500ms, 30s or 2m",
    read(written) {
      const value = typeof written === "string" ? parseDuration(written) : undefined;
      return value !== undefined && value >= leastMs && value <= longestMs ? value : undefined;
    },
  };
}

/** How long a model stays loaded, as Ollama writes it, or the word `forever`. In milliseconds, Infinity for ever. */
export const keepAlive: OptionKind<number> = {
  placeholder: "time|forever",
  list: false,
  expected: "a duration such as 10m or 1h30m, seconds, or forever (as below 0)",
  read: (written) => (written === "forever" ? Number.POSITIVE_INFINITY : parseKeepAlive(written)),
};

const unitBytes: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes, written as 256MB, 4GB or 512MiB; 0 or off for none, else at least `leastBytes`. */
export function size(leastBytes: number): OptionKind<number> {
  return {
    placeholder: "size",
    list: false,
    expected: `a size such as 256MB or 4GB, at least ${leastBytes / 1e6}MB, or 0 for none`,
    read(written) {
      if (written === 0 || written === "0" || written === "off") return 0;
      const [, digits, unit] =
        /^(\d+(?:\.\d+)?)\s*([kmgt]i?b)$/i.exec(typeof written === "string" ? written.trim() : "") ?? [];
      if (digits === undefined || unit === undefined) return undefined;
      const bytes = Math.floor(Number(digits) * unitBytes[unit.toLowerCase()]!);
      return bytes >= leastBytes && Number.isSafeInteger(bytes) ? bytes : undefined;
    },
  };
}

export function choice<Choice extends string>(...choices: readonly Choice[]): OptionKind<Choice> {
  return {
    placeholder: choices.join("|"),
    list: false,
    expected: choices.join(", "),
    read: (written) => choices.find((candidate) => candidate === written),
  };
}

/** What `kind` takes, or the word `auto`. */
export function orAuto<Value>(kind: OptionKind<Value>): OptionKind<Value | "auto"> {
  return {
    ...kind,
    placeholder: `${kind.placeholder}|auto`,
    expected: `${kind.expected}, or auto`,
    read: (written) => (written === "auto" ? "auto" : kind.read(written)),
  };
}

/** Several values: a flag that is repeated, a variable with commas, a list (or one value) in a file. */
export function listOf<Value>(kind: OptionKind<Value>): OptionKind<readonly Value[]> {
  return {
    ...kind,
    list: true,
    expected: `${kind.expected}, or a list of them`,
    read(written) {
      const values = (Array.isArray(written) ? (written as readonly unknown[]) : [written]).map((value) =>
        kind.read(value),
      );
      return values.includes(undefined) ? undefined : (values as Value[]);
    },
  };
}
