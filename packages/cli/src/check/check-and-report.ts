import { writeFile } from "node:fs/promises";
import {
  encodeJunit,
  runSuite,
  saveBaseline,
  toCheckTable,
  toJunitCases,
  type CheckRecord,
  type FinishedCheck,
} from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { checkFolderOf } from "../results/check-folder-of.ts";
import { printResult, type PrintableResult } from "../results/print-result.ts";
import { readFormat, type ResultFormat } from "../results/result-format.ts";
import { describePath } from "../console/describe-path.ts";
import { createChatOptions } from "../run/workloads/chat-flags.ts";
import { createEmbeddingsOptions } from "../run/workloads/embeddings-flags.ts";
import type { CheckFlags } from "./check-flags.ts";
import { createCheckProgress } from "./check-progress.ts";
import { describeCheck } from "./describe-check.ts";
import { findSuite } from "./find-suite.ts";
import { resolveBaseline } from "./resolve-baseline.ts";
import { resolveCheckOptions } from "./resolve-check-options.ts";

export interface CheckCommandLine {
  /** Of a suite, or a file. */
  readonly name: string;
  readonly url: string | undefined;
  readonly flags: CheckFlags;
  /** Names of flags that come from the environment. */
  readonly ambient: ReadonlySet<string>;
}

/** Carries a check out with progress on stderr, prints its result and returns it. Throws only where it was asked wrong. */
export async function checkAndReport(
  { name, url, flags, ambient }: CheckCommandLine,
  context: CommandContext,
): Promise<FinishedCheck> {
  const format = readFormat(flags);
  const { stderr, env, signal } = context;
  const found = await findSuite(name, { flags, env, ambient });
  const { suite, source } = found;
  // The runs of a file have their own workloads, and took the flags for them already.
  const ofBase = source === undefined ? flags : withoutWorkload(flags);
  const resolved = await resolveCheckOptions(suite, url, ofBase, env, ambient, source !== undefined);
  await checkFolderOf("junit", flags.junit);
  const { choice, saveTo } = await resolveBaseline(flags, found);
  const paint = createPaint(stderr, env);
  const progress = flags.quiet === true ? undefined : createCheckProgress(stderr, paint);
  if (progress !== undefined) stderr.write(`${paint.dim(`${suite.name}: ${suite.description}`)}\n`);
  let finished: FinishedCheck;
  try {
    finished = await runSuite(suite, {
      ...resolved,
      file: source?.file,
      definition: defineBy(flags, source?.text),
      baseline: choice,
      signal,
      ...(progress !== undefined && {
        onRow: (row) => progress.add(row),
        onProgress: (doing, now) => progress.show(doing, now),
      }),
    });
  } finally {
    progress?.end();
  }
  const { record } = finished;
  printResult(toPrintableCheck(finished, format), context, format);
  if (flags.junit !== undefined) await writeJunit(flags.junit, record, context);
  if (saveTo !== undefined) {
    const problem = await saveBaseline(saveTo, record);
    const where = describePath(saveTo);
    stderr.write(
      problem === undefined ? `baseline saved: ${where}\n` : `baseline not saved in ${where}: ${problem}\n`,
    );
  }
  return finished;
}

/** A check in every form that it can be printed in. */
export function toPrintableCheck(finished: FinishedCheck, format: ResultFormat): PrintableResult {
  return {
    record: finished.record,
    tables: [toCheckTable(finished.record, { exact: format === "csv" })],
    describe: (paint, columns) => describeCheck(finished, paint, columns),
  };
}

/** Flags that decide what is measured. Which model it is may be the very thing that is compared. */
const measured = [...createEmbeddingsOptions(), ...createChatOptions()].map((option) =>
  option.attributeName(),
);

function defineBy(flags: CheckFlags, text: string | undefined): string {
  const values: Readonly<Record<string, unknown>> = { ...flags };
  const names = [...measured, "cache", "dialect", "workload", "slo"];
  return JSON.stringify([text ?? null, ...names.map((flag) => values[flag] ?? null)]);
}

function withoutWorkload(flags: CheckFlags): CheckFlags {
  const others = new Set([...measured, "cache", "dialect", "model", "workload", "slo"]);
  return {
    ...Object.fromEntries(Object.entries(flags).filter(([flag]) => !others.has(flag))),
    workload: "embeddings",
  };
}

// What was measured keeps its exit code where a disk is full.
async function writeJunit(file: string, record: CheckRecord, { stderr }: CommandContext): Promise<void> {
  try {
    await writeFile(file, encodeJunit(record.suite.name, toJunitCases(record)));
  } catch (error) {
    stderr.write(`${file} could not be written: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
