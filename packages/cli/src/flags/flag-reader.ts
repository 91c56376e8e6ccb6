import { WeirError } from "@weir/protocol";
import { parseDuration } from "./parse-duration.ts";

// Node's timers hold no more.
const longestMs = 2 ** 31 - 1;

/**
 * Reads the flags of a command as they were written. What is wrong with a value is noted, and the value then reads as
 * its default, so that the rest is checked too; {@link FlagReader.end} throws all of it as one USAGE error.
 */
export class FlagReader {
  readonly #problems: string[] = [];

  /** Notes a problem: expected, got, next step. */
  note(problem: string): void {
    this.#problems.push(problem);
  }

  /** What `read` gives; a WeirError of it is noted. */
  attempt<Value>(read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.note(error.message);
      return undefined;
    }
  }

  /** As {@link attempt}, for what takes its time. */
  async attemptAsync<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.note(error.message);
      return undefined;
    }
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
    const span = range.most === undefined ? `from ${range.least} on` : `from ${range.least} to ${range.most}`;
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
    const unit = /^\d+(\.\d+)?$/.test(given) ? ` Say ${given}s for seconds.` : "";
    this.note(
      `--${name}: expected a duration such as 500ms, 30s or 2m, got ${JSON.stringify(given)}.${unit}`,
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
