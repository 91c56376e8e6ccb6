import { availableParallelism } from "node:os";
import { defaultLimits, type ServerLimits } from "@weir/server";
import { FlagReader } from "../flags/flag-reader.ts";
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
  const read = new FlagReader();
  const models = (flags.model ?? []).map(parseModelArgument);
  if (models.length === 0) {
    read.note(
      "--model: expected a folder in the Hugging Face layout, got none. To try without one: --model reference-embed-minilm",
    );
  }
  for (const { name, source } of models) {
    if (name === "" || source === "")
      read.note(`--model: expected NAME=PATH or PATH, got ${JSON.stringify(`${name}=${source}`)}.`);
  }
  const names = models.map((model) => model.name);
  for (const name of new Set(names.filter((candidate, index) => names.indexOf(candidate) !== index))) {
    read.note(`--model: two models have the name ${name}. Give them names: --model NAME=PATH`);
  }
  const bodyMebibytes = read.whole("body-limit", flags.bodyLimit, {
    least: 1,
    most: 1_024,
    absent: defaultLimits.bodyBytes / mebibyte,
  });
  const resolved: ResolvedServeOptions = {
    models,
    host: flags.host ?? "127.0.0.1",
    port: read.whole("port", flags.port, { least: 0, most: 65_535, absent: 8_787 }),
    threads: read.whole("threads", flags.threads, { least: 1, most: 1_024, absent: availableParallelism() }),
    limits: {
      jobs: read.whole("max-jobs", flags.maxJobs, { least: 1, absent: defaultLimits.jobs }),
      inputs: read.whole("max-inputs", flags.maxInputs, { least: 1, absent: defaultLimits.inputs }),
      bodyBytes: bodyMebibytes * mebibyte,
    },
    allowRoots: flags.allowRoot ?? [],
    startTimeoutMs: read.duration("start-timeout", flags.startTimeout, { leastMs: 1, absent: 120_000 }),
  };
  read.end();
  return resolved;
}
