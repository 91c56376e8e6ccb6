import { WeirError } from "@weir/protocol";
import { parseDuration } from "./parse-duration.ts";

/** The environment variable of a flag: `--body-file` is `WEIR_BODY_FILE`. */
export function toVariable(flag: string): string {
  return `WEIR_${flag.replaceAll("-", "_").toUpperCase()}`;
}

/** A flag's name in parsed options: `body-file` is `bodyFile`. */
function toProperty(flag: string): string {
  return flag.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

// Node's timers hold no more.
const longestMs = 2 ** 31 - 1;

/**
 * Reads the flags of a command as they were written. What is wrong with a value is noted, and the value then reads as
 * its default, so that the rest is checked too; {@link FlagReader.end} throws all of it as one USAGE error.
 */
export class FlagReader {
  readonly #problems: string[] = [];
  readonly #ambient: ReadonlySet<string>;

  /** @param ambient names of flags that come from the environment: what is wrong with them is said of their variable */
  constructor(ambient: ReadonlySet<string> = new Set()) {
    this.#ambient = ambient;
  }

  /** How many problems were noted. */
  get problems(): number {
    return this.#problems.length;
  }

  /** Notes a problem: expected, got, next step. */
  note(problem: string): void {
    const named = problem.replace(/^--([a-z0-9-]+)(?=:)/, (flag, name: string) =>
      this.#ambient.has(toProperty(name)) ? toVariable(name) : flag,
    );
    this.#problems.push(named);
  }

  /**
   * What `read` gives; a WeirError of it is noted.
   * @param name the flag that the error is about, where its message does not say so
   */
  attempt<Value>(read: () => Value, name?: string): Value | undefined {
    try {
      return read();
    } catch (error) {
      this.#noteError(error, name);
      return undefined;
    }
  }

  /** As {@link attempt}, for what takes its time. */
  async attemptAsync<Value>(read: () => Promise<Value>, name?: string): Promise<Value | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#noteError(error, name);
      return undefined;
    }
  }

  #noteError(error: unknown, name: string | undefined): void {
    if (!(error instanceof WeirError)) throw error;
    const { message } = error;
    this.note(name === undefined || message.startsWith("--") ? message : `--${name}: ${message}`);
  }

  whole(
    name: string,
    given: string | undefined,
    range: { readonly least: number; readonly most?: number; readonly absent: number },
  ): number {
    if (given === undefined) return range.absent;
    const most = range.most ?? Number.MAX_SAFE_INTEGER;
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= range.least && value <= most) return value;
    const tooLarge = /^\d+$/.test(given) && value > most;
    const span =
      range.most === undefined && !tooLarge ? `from ${range.least} on` : `from ${range.least} to ${most}`;
    this.note(`--${name}: expected a whole number ${span}, got ${JSON.stringify(given)}.`);
    return range.absent;
  }

  /** Milliseconds. */
  duration<Absent extends number | undefined>(
    name: string,
    given: string | undefined,
    range: { readonly leastMs: number; readonly absent: Absent },
  ): number | Absent {
    if (given === undefined) return range.absent;
    const value = parseDuration(given);
    if (value !== undefined && value >= range.leastMs && value <= longestMs) return value;
    const unit = value === undefined && /^\d+(\.\d+)?$/.test(given) ? ` Say ${given}s for seconds.` : "";
    const span =
      value === undefined
        ? ""
        : value > longestMs
          ? ` of at most ${Math.floor(longestMs / 3_600_000)}h`
          : ` of at least ${range.leastMs}ms`;
    this.note(
      `--${name}: expected a duration${span} such as 500ms, 30s or 2m, got ${JSON.stringify(given)}.${unit}`,
    );
    return range.absent;
  }

  oneOf<Choice extends string>(
    name: string,
    given: string | undefined,
    choices: readonly Choice[],
    absent: Choice,
  ): Choice {
    if (given === undefined) return absent;
    const choice = choices.find((candidate) => candidate === given);
    if (choice !== undefined) return choice;
    this.note(`--${name}: expected ${choices.join(", ")}, got ${JSON.stringify(given)}.`);
    return absent;
  }

  /** `Name: value` lines, and a bearer token from the environment variable that `keyEnv` names. */
  headers(
    lines: readonly string[] | undefined,
    keyEnv: string | undefined,
    env: Readonly<Record<string, string | undefined>>,
  ): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const line of lines ?? []) {
      const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      // The line may hold a key: it is never shown.
      if (name === undefined || value === undefined)
        this.note('--header: expected "Name: value", got something without a name and a colon.');
      else headers[name] = value;
    }
    if (keyEnv === undefined) return headers;
    const key = env[keyEnv];
    if (key === undefined || key === "")
      this.note(
        `--key-env: expected the name of an environment variable that is set, got ${keyEnv}, which is not. Run: export ${keyEnv}=...`,
      );
    else headers["Authorization"] = `Bearer ${key}`;
    return headers;
  }

  /** Throws USAGE where anything was noted. */
  end(): void {
    if (this.#problems.length > 0) throw new WeirError("USAGE", this.#problems.join("\n"));
  }
}
