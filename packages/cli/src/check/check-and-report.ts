import { writeFile } from "node:fs/promises";
import {
  encodeJunit,
  runSuite,
  toCheckTable,
  toJunitCases,
  type CheckRecord,
  type FinishedCheck,
} from "@weir/lab";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { printResult } from "../results/print-result.ts";
import { readFormat } from "../results/result-format.ts";
import type { CheckFlags } from "./check-flags.ts";
import { createCheckProgress } from "./check-progress.ts";
import { describeCheck } from "./describe-check.ts";
import { findSuite } from "./find-suite.ts";
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
  const { suite } = findSuite(name);
  const resolved = await resolveCheckOptions(suite, url, flags, context.env, ambient);
  const { stderr, env, signal } = context;
  const paint = createPaint(stderr, env);
  const progress = flags.quiet === true ? undefined : createCheckProgress(stderr, paint);
  if (progress !== undefined) stderr.write(`${paint.dim(`${suite.name}: ${suite.description}`)}\n`);
  let finished: FinishedCheck;
  try {
    finished = await runSuite(suite, {
      ...resolved,
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
  printResult(
    {
      record,
      tables: [toCheckTable(record, { exact: format === "csv" })],
      describe: (shade, columns) => describeCheck(finished, shade, columns),
    },
    context,
    format,
  );
  if (flags.junit !== undefined) await writeJunit(flags.junit, record);
  return finished;
}

async function writeJunit(file: string, record: CheckRecord): Promise<void> {
  try {
    await writeFile(file, encodeJunit(record.suite.name, toJunitCases(record)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `--junit: expected a file that can be written, got ${file}: ${reason}.`, {
      cause: error,
    });
  }
}
