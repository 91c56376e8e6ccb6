import { startRun, toRunTable, turnTable, type FinishedRun, type RunRequest } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { printResult, type PrintableResult } from "../results/print-result.ts";
import type { ResultFormat } from "../results/result-format.ts";
import { createRunProgress } from "./run-progress.ts";
import { describePlan, describeTarget } from "./describe-plan.ts";
import { describeRun } from "./describe-run.ts";

export interface RunOutputOptions {
  /** What stdout gets; what people read goes to stderr where that is another. @default "table" */
  readonly format?: ResultFormat;
  /** Nothing is shown while it runs. @default false */
  readonly quiet?: boolean;
}

/**
 * Carries out a run with live progress on stderr, prints its result, and returns it. Exit code and process are the
 * caller's. Throws only where the request is no good; every other end is a result.
 */
export async function runAndReport(
  request: RunRequest,
  context: CommandContext,
  { format = "table", quiet = false }: RunOutputOptions = {},
): Promise<FinishedRun> {
  const { stderr, signal, env } = context;
  const paint = createPaint(stderr, env);
  const progress = quiet ? undefined : createRunProgress(stderr, paint);
  if (progress !== undefined) stderr.write(`${paint.dim(describePlan(request))}\n`);
  const finished = await (async () => {
    try {
      return await startRun(request, {
        signal,
        onTarget: (target) => {
          if (progress !== undefined) stderr.write(`${paint.dim(describeTarget(request.url, target))}\n`);
        },
        ...(progress !== undefined && { onProgress: (now) => progress.show(now) }),
      });
    } finally {
      progress?.end();
    }
  })();
  printResult(toPrintableRun(finished), context, format);
  return finished;
}

/** A run in every form that it can be printed in. */
export function toPrintableRun(finished: FinishedRun): PrintableResult {
  const table = toRunTable([finished.record]);
  return {
    record: finished.record,
    tables: [table],
    markdown: [turnTable(table)],
    describe: (paint, columns) => describeRun(finished, paint, columns),
  };
}
