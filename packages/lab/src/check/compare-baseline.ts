import { compareFigures } from "@weir/stats";
import { formatShare } from "../record/format-number.ts";
import type { RunEnvironment } from "../record/run-record.ts";
import { isSameMachine, toMachine, type BaselineEntry, type Machine } from "./baseline-file.ts";
import type { CheckRecord, RecordedBaseline, RecordedCheckRow, RowComparison } from "./check-record.ts";

/** A baseline as it was asked for. */
export interface BaselineChoice {
  readonly file: string;
  readonly entries: readonly BaselineEntry[];
  /** As a share: worse by more is a regression. */
  readonly tolerance: number;
}

export interface Compared {
  readonly rows: readonly RecordedCheckRow[];
  readonly baseline: RecordedBaseline;
}

/** Puts beside each row what it was in the baseline, where the two can be compared at all. */
export function compareBaseline(
  rows: readonly RecordedCheckRow[],
  suite: CheckRecord["suite"],
  environment: RunEnvironment,
  { file, entries, tolerance }: BaselineChoice,
): Compared {
  const found = findEntry(entries, suite, toMachine(environment));
  if (typeof found === "string")
    return { rows, baseline: { file, savedAt: null, id: null, tolerance, notes: [found] } };
  const compared = rows.map((row) => ({ ...row, baseline: compareRow(row, found, tolerance) }));
  return {
    rows: compared,
    baseline: {
      file,
      savedAt: found.savedAt,
      id: found.id,
      tolerance,
      notes: describeComparison(found, suite, environment, tolerance),
    },
  };
}

/** The entry to compare with, or why there is none, as one sentence. */
function findEntry(
  entries: readonly BaselineEntry[],
  suite: CheckRecord["suite"],
  machine: Machine,
): BaselineEntry | string {
  const ofSuite = entries.filter((entry) => entry.suite === suite.name);
  if (ofSuite.length === 0)
    return `The baseline has nothing of the suite ${suite.name}, so only limits are judged. --save-baseline adds it.`;
  const here = ofSuite.find((entry) => isSameMachine(entry.machine, machine));
  if (here === undefined)
    return `Figures are not compared: the baseline is of another machine (${ofSuite.map((entry) => describeMachine(entry.machine)).join("; ")}) than this (${describeMachine(machine)}). Only limits are judged.`;
  if (here.definition !== suite.definition)
    return "Figures are not compared: the suite, its settings or the flags are others than the baseline's. Only limits are judged; --save-baseline begins anew.";
  return here;
}

function describeMachine({ cpu, arch }: Machine): string {
  return `${cpu.model}, ${cpu.cores} cores, ${arch}`;
}

function compareRow(row: RecordedCheckRow, entry: BaselineEntry, tolerance: number): RowComparison | null {
  const before = Object.hasOwn(entry.figures, row.key) ? entry.figures[row.key] : undefined;
  if (before === undefined || row.better === null || before.unit !== row.unit) return null;
  const compared = compareFigures(row.values, before.values, { better: row.better, tolerance });
  return compared === undefined ? null : { values: before.values, ...compared };
}

function describeComparison(
  entry: BaselineEntry,
  suite: CheckRecord["suite"],
  { weirVersion, nodeVersion, target }: RunEnvironment,
  tolerance: number,
): readonly string[] {
  const repeats = Math.max(1, ...Object.values(entry.figures).map(({ values }) => values.length));
  const others = [
    ...(entry.weirVersion === weirVersion ? [] : [`weir ${entry.weirVersion}`]),
    ...(entry.nodeVersion === nodeVersion ? [] : [`Node ${entry.nodeVersion}`]),
    ...(isSameServer(entry.url, target.url) ? [] : [entry.url]),
  ];
  return [
    `Baseline of ${entry.savedAt.slice(0, 16).replace("T", " ")}, not interleaved: what changed on this machine since then is in the difference. ${formatShare(tolerance)} worse is tolerated.`,
    ...(repeats + suite.repeats < 3
      ? ["Single figures on both sides: what is worse may be chance. Save the baseline with --repeats 5."]
      : []),
    ...(others.length === 0 ? [] : [`The baseline was measured with ${others.join(", ")}.`]),
  ];
}

/** A server that was started for the check has another port each time. */
function isSameServer(a: string, b: string): boolean {
  const hostOf = (url: string): string => {
    try {
      return new URL(url).hostname;
    } catch {
      return url;
    }
  };
  return hostOf(a) === hostOf(b);
}
