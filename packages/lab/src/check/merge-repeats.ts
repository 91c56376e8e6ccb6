import type { RecordedCheckRow } from "./check-record.ts";
import { formatValue } from "./format-value.ts";
import type { CheckRow } from "./suite.ts";

/** Rows that were found, in the order of their first repeat, with the figures of each repeat. */
export class RowCollector {
  readonly #found = new Map<string, CheckRow[]>();

  add(row: CheckRow): void {
    const rows = this.#found.get(row.key);
    if (rows === undefined) this.#found.set(row.key, [row]);
    else rows.push(row);
  }

  /** One row for each key. */
  toRows(): readonly RecordedCheckRow[] {
    return [...this.#found.values()].map(mergeRows);
  }
}

/**
 * The row that stands for all repeats: the one with the median figure, judged as that one is; of an even number the
 * worse of the two in the middle. Rows without figures are as good as the worst of them.
 */
function mergeRows(rows: readonly CheckRow[]): RecordedCheckRow {
  const measured = rows.filter((row) => row.value !== null);
  const stands = measured.length * 2 > rows.length ? findMedian(measured) : rows.toSorted(bySeverity).at(-1)!;
  const values = measured.map((row) => row.value!);
  return {
    key: stands.key,
    metric: stands.metric,
    value: stands.value,
    unit: stands.unit,
    measured: `${stands.measured}${describeSpread(values, stands)}`,
    limit: stands.limit,
    status: stands.status,
    better: stands.better ?? null,
    advice: stands.advice ?? null,
    values,
    baseline: null,
  };
}

function findMedian(rows: readonly CheckRow[]): CheckRow {
  const sorted = rows.toSorted((a, b) => a.value! - b.value!);
  const upper = Math.floor(sorted.length / 2);
  const middle = sorted.length % 2 === 1 ? [sorted[upper]!] : [sorted[upper - 1]!, sorted[upper]!];
  return middle.toSorted(bySeverity).at(-1)!;
}

const severity: Readonly<Record<CheckRow["status"], number>> = {
  info: 0,
  pass: 1,
  "not-measured": 2,
  fail: 3,
};

function bySeverity(a: CheckRow, b: CheckRow): number {
  return severity[a.status] - severity[b.status];
}

function describeSpread(values: readonly number[], { unit, value }: CheckRow): string {
  if (values.length < 2 || value === null) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? "" : ` (${formatValue(low, unit)} to ${formatValue(high, unit)} in ${values.length})`;
}
