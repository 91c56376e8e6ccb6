import { findCapacity, toCapacityTable, type CapacityRequest, type FinishedCapacity } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { printResult, type PrintableResult } from "../results/print-result.ts";
import type { ResultFormat } from "../results/result-format.ts";
import { describeTarget } from "../run/describe-plan.ts";
import { createCapacityProgress } from "./capacity-progress.ts";
import { describeCapacity } from "./describe-capacity.ts";

/**
 * Carries out a search with live progress on stderr, prints its result, and returns it. Throws only where the request
 * is no good; every other end is a result.
 */
export async function findAndReport(
  request: CapacityRequest,
  context: CommandContext,
  { format, quiet }: { readonly format: ResultFormat; readonly quiet: boolean },
): Promise<FinishedCapacity> {
  const { stderr, signal, env } = context;
  const paint = createPaint(stderr, env);
  const progress = quiet ? undefined : createCapacityProgress(stderr, paint);
  const finished = await (async () => {
    try {
      return await findCapacity(request, {
        signal,
        ...(progress !== undefined && {
          onTarget: (target) => void stderr.write(`${paint.dim(describeTarget(request.run.url, target))}\n`),
          onProbe: (turn) => progress.begin(turn),
          onProgress: (now) => progress.show(now),
          onProbeEnd: (probe) => progress.finish(probe),
        }),
      });
    } finally {
      progress?.end();
    }
  })();
  printResult(toPrintableCapacity(finished), context, format);
  return finished;
}

/** A search in every form that it can be printed in. */
export function toPrintableCapacity(finished: FinishedCapacity): PrintableResult {
  return {
    record: finished.record,
    tables: [toCapacityTable(finished.record)],
    describe: (paint, columns) => describeCapacity(finished, paint, columns),
  };
}
