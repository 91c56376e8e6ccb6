import { encodeRunRecord, startRun, type FinishedRun, type RunRequest } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { createRunProgress } from "./run-progress.ts";
import { describePlan, describeTarget } from "./describe-plan.ts";
import { describeRun } from "./describe-run.ts";

export interface RunOutputOptions {
  /** stdout gets run.json and nothing else; what people read goes to stderr. @default false */
  readonly json?: boolean;
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
  { json = false, quiet = false }: RunOutputOptions = {},
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
  report(finished, context, json);
  return finished;
}

function report(finished: FinishedRun, context: CommandContext, json: boolean): void {
  const output = json ? context.stderr : context.stdout;
  const lines = describeRun(
    finished,
    createPaint(output, context.env),
    output.isTTY === true ? output.columns : undefined,
  );
  output.write(`\n${lines.join("\n")}\n`);
  if (json) context.stdout.write(encodeRunRecord(finished.record));
}
