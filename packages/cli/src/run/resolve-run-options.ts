import {
  createBuiltInTexts,
  defaultLimit,
  parseLimit,
  readTexts,
  type Limit,
  type RunRequest,
  type TextSet,
} from "@weir/lab";
import { parseHttpTarget } from "@weir/load";
import { embeddingDialects, WeirError, type EmbeddingDialectName } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { parseDuration } from "./parse-duration.ts";

/** The flags of `weir run` as they were written. */
export interface RunFlags {
  readonly workload?: string | undefined;
  readonly dialect?: string | undefined;
  readonly model?: string | undefined;
  readonly texts?: string | undefined;
  readonly textSize?: string | undefined;
  readonly batch?: string | undefined;
  readonly users?: string | undefined;
  readonly clients?: string | undefined;
  readonly concurrent?: string | undefined;
  readonly duration?: string | undefined;
  readonly requests?: string | undefined;
  readonly warmup?: string | undefined;
  readonly seed?: string | undefined;
  readonly slo?: readonly string[] | undefined;
  readonly header?: readonly string[] | undefined;
  readonly keyEnv?: string | undefined;
  readonly timeout?: string | undefined;
  readonly cache?: string | undefined;
  readonly out?: string | undefined;
  readonly name?: string | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

const longestMs = 2 ** 31 - 1;
const dialects: readonly string[] = ["auto", ...Object.keys(embeddingDialects)];

/** Checks all flags and reads the texts. Every problem is in one USAGE error: expected, got, next step. */
export async function resolveRunOptions(
  url: string,
  flags: RunFlags,
  env: CommandContext["env"],
): Promise<RunRequest> {
  const problems: string[] = [];
  const attempt = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const read = new FlagReader(problems);

  const target = attempt(() => parseHttpTarget(url));
  const workload = flags.workload ?? "embeddings";
  if (workload !== "embeddings")
    problems.push(`--workload: expected embeddings, got ${JSON.stringify(workload)}.`);
  const dialect = read.oneOf("dialect", flags.dialect, dialects, "auto");
  const cache = read.oneOf("cache", flags.cache, ["busted", "warm"], "busted");
  const requests = flags.requests === undefined ? undefined : read.whole("requests", flags.requests, 1, 1);
  const durationMs = read.duration(
    "duration",
    flags.duration,
    requests === undefined ? 30_000 : undefined,
    1,
  );
  const request = {
    users: readUsers(flags, read, problems),
    seed: read.whole("seed", flags.seed, 0, 1),
    durationMs,
    requests,
    // Who asks for a number of requests means all that the server gets.
    warmupMs: read.duration("warmup", flags.warmup, requests === undefined ? 5000 : 0, 0) ?? 0,
    limits: (flags.slo ?? [defaultLimit]).map((text) => attempt(() => parseLimit(text))),
    headers: readHeaders(flags, env, problems),
    timeoutMs: read.duration("timeout", flags.timeout, 30_000, 1) ?? 0,
    outDirectory: flags.out ?? "runs",
    name: flags.name,
  };
  const batch = read.whole("batch", flags.batch, 1, 1);
  const characters = read.whole("text-size", flags.textSize, 1, 1000);
  const texts = await readTextSet(flags.texts, characters, problems);
  if (problems.length > 0 || target === undefined || texts === undefined)
    throw new WeirError("USAGE", problems.join("\n"));
  return {
    ...request,
    url: target.url,
    limits: request.limits.filter((limit): limit is Limit => limit !== undefined),
    workload: {
      kind: "embeddings",
      dialect: dialect as EmbeddingDialectName | "auto",
      model: flags.model,
      texts,
      batch,
      cache: cache as "busted" | "warm",
    },
  };
}

/** Reads flag values, noting what is wrong with them; a bad one reads as its default so that the rest is checked too. */
class FlagReader {
  readonly #problems: string[];

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  whole(name: string, given: string | undefined, least: number, byDefault: number): number {
    if (given === undefined) return byDefault;
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= least && Number.isSafeInteger(value)) return value;
    this.#problems.push(`--${name}: expected a whole number from ${least} on, got ${JSON.stringify(given)}.`);
    return byDefault;
  }

  duration(
    name: string,
    given: string | undefined,
    byDefault: number | undefined,
    leastMs: number,
  ): number | undefined {
    if (given === undefined) return byDefault;
    const value = parseDuration(given);
    if (value !== undefined && value >= leastMs && value <= longestMs) return value;
    const unit = /^\d+(\.\d+)?$/.test(given) ? ` Say ${given}s for seconds.` : "";
    this.#problems.push(
      `--${name}: expected a duration such as 500ms, 30s or 2m, got ${JSON.stringify(given)}.${unit}`,
    );
    return byDefault;
  }

  oneOf(name: string, given: string | undefined, allowed: readonly string[], byDefault: string): string {
    if (given === undefined || allowed.includes(given)) return given ?? byDefault;
    this.#problems.push(`--${name}: expected ${allowed.join(", ")}, got ${JSON.stringify(given)}.`);
    return byDefault;
  }
}

function readUsers(flags: RunFlags, read: FlagReader, problems: string[]): number {
  const given = (["users", "clients", "concurrent"] as const).filter((name) => flags[name] !== undefined);
  if (given.length > 1)
    problems.push(
      `--${given.join(" and --")} are names of one thing: give one of them, got ${given.length}.`,
    );
  const [name = "users"] = given;
  return read.whole(name, flags[name], 1, 4);
}

function readHeaders(
  flags: RunFlags,
  env: CommandContext["env"],
  problems: string[],
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const header of flags.header ?? []) {
    const colon = header.indexOf(":");
    // The value may be a key: only what comes before the colon is ever shown.
    if (colon < 1)
      problems.push('--header: expected "Name: value", got something without a name and a colon.');
    else headers[header.slice(0, colon).trim()] = header.slice(colon + 1).trim();
  }
  if (flags.keyEnv !== undefined) {
    const key = env[flags.keyEnv];
    if (key === undefined || key === "")
      problems.push(
        `--key-env: expected the name of an environment variable that is set, got ${flags.keyEnv}, which is not. Run: export ${flags.keyEnv}=...`,
      );
    else headers["Authorization"] = `Bearer ${key}`;
  }
  return headers;
}

async function readTextSet(
  directory: string | undefined,
  characters: number,
  problems: string[],
): Promise<TextSet | undefined> {
  try {
    return directory === undefined
      ? createBuiltInTexts({ characters })
      : await readTexts(directory, { characters });
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}
