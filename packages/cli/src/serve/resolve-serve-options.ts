import { availableParallelism } from "node:os";
import { WeirError } from "@weir/protocol";
import { defaultLimits, type ServerLimits } from "@weir/server";
import { parseModelArgument, type ModelArgument } from "../models/model-argument.ts";

/** The flags of `weir serve` as they were written. */
export interface ServeFlags {
  readonly model?: readonly string[] | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly threads?: string | undefined;
  readonly maxJobs?: string | undefined;
  readonly maxInputs?: string | undefined;
  readonly bodyLimit?: string | undefined;
  readonly allowRoot?: readonly string[] | undefined;
  readonly startTimeout?: string | undefined;
}

export interface ResolvedServeOptions {
  readonly models: readonly ModelArgument[];
  readonly host: string;
  readonly port: number;
  readonly threads: number;
  readonly limits: ServerLimits;
  readonly allowRoots: readonly string[];
  readonly startTimeoutMs: number;
}

const mebibyte = 1024 * 1024;

/** Every problem in one USAGE error: expected, got, next step. */
export function resolveServeOptions(flags: ServeFlags): ResolvedServeOptions {
  const problems: string[] = [];

  function wholeNumber(
    name: string,
    given: string | undefined,
    least: number,
    most: number,
    byDefault: number,
  ): number {
    if (given === undefined) return byDefault;
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= least && value <= most) return value;
    problems.push(
      `--${name}: expected a whole number from ${least} to ${most}, got ${JSON.stringify(given)}.`,
    );
    return byDefault;
  }

  const models = (flags.model ?? []).map(parseModelArgument);
  if (models.length === 0) {
    problems.push(
      "--model: expected a folder in the Hugging Face layout, got none. To try without one: --model reference-embed-minilm",
    );
  }
  for (const { name, source } of models) {
    if (name === "" || source === "")
      problems.push(`--model: expected NAME=PATH or PATH, got ${JSON.stringify(`${name}=${source}`)}.`);
  }
  const names = models.map((model) => model.name);
  for (const name of new Set(names.filter((candidate, index) => names.indexOf(candidate) !== index))) {
    problems.push(`--model: two models have the name ${name}. Give them names: --model NAME=PATH`);
  }
  const resolved: ResolvedServeOptions = {
    models,
    host: flags.host ?? "127.0.0.1",
    port: wholeNumber("port", flags.port, 0, 65_535, 8_787),
    threads: wholeNumber("threads", flags.threads, 1, 1_024, availableParallelism()),
    limits: {
      jobs: wholeNumber("max-jobs", flags.maxJobs, 1, 1_000_000, defaultLimits.jobs),
      inputs: wholeNumber("max-inputs", flags.maxInputs, 1, 1_000_000, defaultLimits.inputs),
      bodyBytes:
        wholeNumber("body-limit", flags.bodyLimit, 1, 1_024, defaultLimits.bodyBytes / mebibyte) * mebibyte,
    },
    allowRoots: flags.allowRoot ?? [],
    startTimeoutMs: wholeNumber("start-timeout", flags.startTimeout, 1, 3_600, 120) * 1_000,
  };
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
  return resolved;
}
