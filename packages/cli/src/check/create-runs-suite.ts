import {
  defaultLimit,
  toRunRows,
  type CheckRow,
  type RunRequest,
  type Suite,
  type SuiteContext,
} from "@weir/lab";
import { WeirError } from "@weir/protocol";
import { Command, CommanderError } from "commander";
import type { CommandContext } from "../command-context.ts";
import { resolveRunOptions } from "../run/resolve-run-options.ts";
import { createRunOptions, type RunFlags } from "../run/run-flags.ts";
import { splitWords } from "../run/workloads/split-words.ts";
import type { CheckFlags } from "./check-flags.ts";
import type { SuiteDefinition, SuiteRun } from "./define-suite.ts";

/** What the runs of a file have from the command line: its flags, unless they say otherwise themselves. */
export interface RunsSurroundings {
  readonly flags: CheckFlags;
  readonly env: CommandContext["env"];
  /** Names of flags that come from the environment. */
  readonly ambient: ReadonlySet<string>;
}

/** A suite of runs and limits. Throws USAGE where flags of a run are wrong: before anything is started. */
export async function createRunsSuite(
  definition: SuiteDefinition,
  surroundings: RunsSurroundings,
): Promise<Suite> {
  const { name, runs } = definition;
  const parsed = runs.map((run) => ({ run, flags: parseFlags(run) }));
  const resolve = async (url: string): Promise<readonly RunRequest[]> => {
    const requests: RunRequest[] = [];
    for (const { run, flags } of parsed) requests.push(await resolveRun(url, run, flags, surroundings));
    return requests;
  };
  await resolve("http://127.0.0.1");
  return {
    name,
    description: definition.description ?? runs.map((run) => run.name).join(", "),
    takes: "as long as its runs",
    async *check(context) {
      return yield* checkRuns(await resolve(context.url), context);
    },
  };
}

async function* checkRuns(
  requests: readonly RunRequest[],
  { run, signal }: SuiteContext,
): AsyncGenerator<CheckRow, string, void> {
  let [kept, held] = [0, 0];
  const sentences: string[] = [];
  for (const request of requests) {
    signal.throwIfAborted();
    const name = request.name!;
    const { record } = await run(name, request);
    // Where not even the first finds the server, the others will not either.
    if (sentences.length === 0 && record.verdict.kind === "not-measured")
      throw new WeirError("TARGET_UNREACHABLE", record.verdict.sentence);
    const rows = toRunRows(record, { key: toKey(name), name }, request.limits);
    const limited = rows.filter(({ limit }) => limit !== null);
    held += limited.length;
    kept += limited.filter(({ status }) => status === "pass").length;
    // What the others say is among the check's own reasons.
    const { kind, sentence } = record.verdict;
    const isFigure = kind === "pass" || kind === "limit-missed" || kind === "inconclusive";
    sentences.push(isFigure ? `${name}: ${sentence}` : "");
    yield* rows;
  }
  const runs = requests.length === 1 ? "1 run" : `${requests.length} runs`;
  const limits = held === kept ? `all ${held} limits are kept` : `${kept} of ${held} limits are kept`;
  return [`${runs}, ${limits}.`, ...sentences.filter((sentence) => sentence !== "")].join(" ");
}

async function resolveRun(
  url: string,
  { name, path, slo = defaultLimit }: SuiteRun,
  flags: RunFlags,
  { flags: shared, env, ambient }: RunsSurroundings,
): Promise<RunRequest> {
  const limits = typeof slo === "string" ? [slo] : slo;
  const all = { ...toShared(shared), ...flags, slo: limits, name };
  const stillAmbient = new Set([...ambient].filter((each) => !(each in flags)));
  const address = path === undefined ? url : `${url.replace(/\/$/, "")}${path}`;
  try {
    return await resolveRunOptions(address, all, env, { ambient: stillAmbient });
  } catch (error) {
    throw named(name, error);
  }
}

/** Those flags of the check that a run has as well. */
function toShared(flags: CheckFlags): RunFlags {
  const known = new Set(createRunOptions().map((option) => option.attributeName()));
  return Object.fromEntries(Object.entries(flags).filter(([flag]) => known.has(flag)));
}

/** Flags as the command line of `weir run` would have them. */
function parseFlags({ name, run = {} }: SuiteRun): RunFlags {
  const options = createRunOptions();
  try {
    const words = typeof run === "string" ? splitWords(run) : toWords(run, options);
    const command = new Command().exitOverride().helpOption(false);
    command.configureOutput({ writeErr: () => {} });
    for (const option of options) {
      // What the environment says is for all runs; here it would beat what the file says.
      delete option.envVar;
      command.addOption(option);
    }
    command.parse(words, { from: "user" });
    return command.opts();
  } catch (error) {
    throw named(name, error);
  }
}

function toWords(
  flags: Readonly<Record<string, unknown>>,
  options: ReturnType<typeof createRunOptions>,
): readonly string[] {
  return Object.entries(flags).flatMap(([key, value]) => {
    const option = options.find((each) => each.attributeName() === key && !each.negate);
    if (option === undefined)
      throw new WeirError("USAGE", `expected flags of weir run in camel case, got ${JSON.stringify(key)}.`);
    const long = option.long!;
    const takesValue = option.required || option.optional;
    if (!takesValue)
      return value === true ? [long] : value === false ? [`--no-${option.name()}`] : [long, String(value)];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((each) => [long, String(each)]);
  });
}

function named(run: string, error: unknown): unknown {
  const known = error instanceof WeirError || error instanceof CommanderError;
  if (!known) return error;
  const message = error.message.replace(/^error: /, "");
  return new WeirError("USAGE", `the run ${JSON.stringify(run)}: ${message}`, { cause: error });
}

/** `Bulk load` is `bulk-load`. */
function toKey(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s/]+/g, "-");
}
