import {
  defaultLimit,
  toRunRows,
  describeLevel,
  type CapacityRecord,
  type CapacityRequest,
  type CheckRow,
  type RecordVerdict,
  type RunRequest,
  type RunVerdictKind,
  type Suite,
  type SuiteContext,
} from "@weir/lab";
import { WeirError } from "@weir/protocol";
import { createCapacityOptions, type CapacityFlags } from "../capacity/capacity-flags.ts";
import { resolveCapacityOptions } from "../capacity/resolve-capacity-options.ts";
import type { CommandContext } from "../command-context.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { resolveRunOptions } from "../run/resolve-run-options.ts";
import { createRunOptions, type RunFlags } from "../run/run-flags.ts";
import type { CheckFlags } from "./check-flags.ts";
import type { SuiteDefinition, SuiteRun } from "./define-suite.ts";
import { named, parseFlags, toShared } from "./parse-suite-flags.ts";

/** What the runs of a file have from the command line: its flags, unless they say otherwise themselves. */
export interface RunsSurroundings {
  readonly flags: CheckFlags;
  readonly env: CommandContext["env"];
  /** Names of flags that come from the environment. */
  readonly ambient: ReadonlySet<string>;
}

/** One thing that a suite's file asks for. */
type Step =
  | { readonly kind: "run"; readonly name: string; readonly request: RunRequest }
  | {
      readonly kind: "capacity";
      readonly name: string;
      readonly request: CapacityRequest;
      readonly atLeast: number | undefined;
    };

/** What came of it. */
interface StepResult {
  readonly rows: readonly CheckRow[];
  readonly verdict: RecordVerdict<RunVerdictKind>;
}

/** A suite of runs and limits. Throws USAGE where flags of runs are wrong, for all of them: before anything is started. */
export async function createRunsSuite(
  definition: SuiteDefinition,
  surroundings: RunsSurroundings,
): Promise<Suite> {
  const { name, runs } = definition;
  const resolve = async (url: string): Promise<readonly Step[]> => {
    const steps: Step[] = [];
    const read = new FlagReader();
    for (const run of runs) {
      const step = await read.attemptAsync(async () => await resolveStep(url, run, surroundings));
      if (step !== undefined) steps.push(step);
    }
    read.end();
    return steps;
  };
  await resolve("http://127.0.0.1");
  return {
    name,
    description: definition.description ?? runs.map((run) => run.name).join(", "),
    takes: "as long as its runs",
    async *check(context) {
      return yield* followSteps(await resolve(context.url), context);
    },
  };
}

async function* followSteps(
  steps: readonly Step[],
  context: SuiteContext,
): AsyncGenerator<CheckRow, string, void> {
  let [kept, held] = [0, 0];
  const sentences: string[] = [];
  for (const step of steps) {
    context.signal.throwIfAborted();
    const { rows, verdict } = await takeStep(step, context);
    const { kind, sentence } = verdict;
    // Where not even the first finds the server, the others will not either.
    if (sentences.length === 0 && kind === "not-measured")
      throw new WeirError("TARGET_UNREACHABLE", sentence);
    const limited = rows.filter(({ limit }) => limit !== null);
    held += limited.length;
    kept += limited.filter(({ status }) => status === "pass").length;
    // What the others say is among the check's own reasons.
    const isFigure = kind === "pass" || kind === "limit-missed" || kind === "inconclusive";
    sentences.push(isFigure ? `${step.name}: ${sentence}` : "");
    yield* rows;
  }
  const runs = steps.length === 1 ? "1 run" : `${steps.length} runs`;
  const limits = held === kept ? `all ${held} limits are kept` : `${kept} of ${held} limits are kept`;
  return [`${runs}, ${limits}.`, ...sentences.filter((sentence) => sentence !== "")].join(" ");
}

async function takeStep(step: Step, { run, findCapacity }: SuiteContext): Promise<StepResult> {
  const { name } = step;
  if (step.kind === "run") {
    const { record } = await run(name, step.request);
    return {
      rows: toRunRows(record, { key: toKey(name), name }, step.request.limits),
      verdict: record.verdict,
    };
  }
  const { record } = await findCapacity(name, step.request);
  return { rows: [toCapacityRow(step, record.capacity)], verdict: record.verdict };
}

function toCapacityRow(
  { name, atLeast }: Extract<Step, { kind: "capacity" }>,
  { of, lastPass, firstFail }: CapacityRecord["capacity"],
): CheckRow {
  const below = firstFail === null ? "" : `, not ${describeLevel(firstFail, of)}`;
  const status = atLeast === undefined ? "info" : (lastPass ?? 0) >= atLeast ? "pass" : "fail";
  return {
    key: `${toKey(name)}/capacity`,
    metric: `${name}: ${of === "users" ? "users" : "requests/s"} that it takes`,
    value: lastPass ?? 0,
    unit: of === "users" ? "count" : "per-second",
    measured: lastPass === null ? "less than it began with" : `${describeLevel(lastPass, of)}${below}`,
    limit: atLeast === undefined ? null : `>= ${atLeast}`,
    status,
    better: "more",
  };
}

async function resolveStep(
  url: string,
  { name, path, slo, atLeast, run = {}, capacity }: SuiteRun,
  { flags: shared, env, ambient }: RunsSurroundings,
): Promise<Step> {
  const options = capacity === undefined ? createRunOptions() : createCapacityOptions();
  const own = parseFlags(name, capacity ?? run, options);
  const limits = typeof slo === "string" ? [slo] : slo;
  const flags = { ...toShared(shared, options), ...own, name };
  const surroundings = { ambient: new Set([...ambient].filter((each) => !(each in own))) };
  const address = path === undefined ? url : `${url.replace(/\/$/, "")}${path}`;
  try {
    if (capacity === undefined) {
      const all: RunFlags = { ...flags, slo: limits ?? [defaultLimit] };
      return { kind: "run", name, request: await resolveRunOptions(address, all, env, surroundings) };
    }
    const all: CapacityFlags = { ...flags, ...(limits !== undefined && { slo: limits }) };
    const request = await resolveCapacityOptions(address, all, env, surroundings);
    return { kind: "capacity", name, request, atLeast };
  } catch (error) {
    throw named(name, error);
  }
}

/** `Bulk load` is `bulk-load`. */
function toKey(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s/]+/g, "-");
}
