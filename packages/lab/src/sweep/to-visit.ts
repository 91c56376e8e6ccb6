import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Slice } from "@weir/load";
import { Histogram, type EncodedHistogram } from "@weir/stats";
import type { FinishedRun } from "../run/start-run.ts";
import type { SweepVisit } from "./sweep-visit.ts";

/** What a finished run was as a visit of a sweep. */
export async function toVisit(
  finished: FinishedRun,
  of: Pick<SweepVisit, "purpose" | "case" | "repeat" | "requests">,
): Promise<SweepVisit> {
  const { record, folder } = finished;
  const { summary, generator } = record;
  return {
    ...of,
    startedAt: record.environment.startedAt,
    folder: path.basename(folder),
    completed: summary.completed,
    failed: summary.failed.total,
    failures: Object.fromEntries(
      Object.entries(summary.failed.byKind).map(([kind, { count, firstMessage }]) => [
        kind,
        { count, firstMessage },
      ]),
    ),
    units: summary.units.total,
    tookMs: summary.window.endMs - summary.window.startMs,
    serviceMs: await readServiceTimes(folder),
    truncated: summary.truncated,
    serverRssBytes: record.server?.process?.rssBytes.max ?? null,
    generator: !generator.valid ? "invalid" : generator.judged ? "valid" : "not-judged",
  };
}

/** Of the run's slices; null where there are none, or where they could not be written. */
async function readServiceTimes(folder: string): Promise<EncodedHistogram | null> {
  const text = await readFile(path.join(folder, "slices.json"), "utf8").catch(() => undefined);
  if (text === undefined) return null;
  const { slices } = JSON.parse(text) as { readonly slices: readonly Slice[] };
  const merged = new Histogram();
  for (const { serviceMs } of slices) if (serviceMs !== null) merged.merge(Histogram.decode(serviceMs));
  return merged.n === 0 ? null : merged.encode();
}
