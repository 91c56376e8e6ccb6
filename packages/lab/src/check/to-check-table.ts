import type { DataColumn, DataRow, DataTable } from "../tables/data-table.ts";
import type { CheckRecord, RecordedCheckRow, RowComparison } from "./check-record.ts";
import { formatValue } from "./format-value.ts";

const columns: readonly DataColumn[] = [
  { key: "metric", heading: "metric" },
  { key: "measured", heading: "measured" },
  { key: "limit", heading: "limit" },
  { key: "status", heading: "status" },
];

const comparedColumns: readonly DataColumn[] = [
  { key: "baseline", heading: "baseline" },
  { key: "change", heading: "change" },
];

const exactColumns: readonly DataColumn[] = [
  { key: "key", heading: "key" },
  { key: "value", heading: "value" },
  { key: "unit", heading: "unit" },
  { key: "baselineValue", heading: "baseline value" },
];

const tones: Readonly<Record<RecordedCheckRow["status"], DataRow["tone"]>> = {
  pass: "good",
  fail: "bad",
  info: undefined,
  "not-measured": "warn",
};

/**
 * The rows of a check. What they were in a baseline stands beside them where there is one.
 * @param exact adds the figures as programs want them: CSV has them, people read `measured`
 */
export function toCheckTable(
  record: CheckRecord,
  { exact = false }: { readonly exact?: boolean } = {},
): DataTable {
  const compared = record.rows.some(({ baseline }) => baseline !== null);
  return {
    title: null,
    columns: [...columns, ...(compared ? comparedColumns : []), ...(exact ? exactColumns : [])],
    rows: record.rows.map((row) => ({
      cells: [
        row.metric,
        row.measured,
        row.limit,
        row.status === "info" ? null : row.status.replace("-", " "),
        ...(compared
          ? [
              row.baseline === null ? null : formatValue(row.baseline.was, row.unit),
              row.baseline === null ? null : describeChange(row.baseline),
            ]
          : []),
        ...(exact ? [row.key, row.value, row.unit, row.baseline?.was ?? null] : []),
      ],
      ...toTone(row),
    })),
  };
}

function toTone({ status, baseline }: RecordedCheckRow): Pick<DataRow, "tone"> {
  const tone = baseline?.kind === "worse" ? "bad" : (tones[status] ?? undefined);
  return tone === undefined ? {} : { tone };
}

function describeChange({ change, kind }: RowComparison): string {
  const percent = 100 * change;
  const text = `${percent > 0 ? "+" : ""}${percent.toFixed(Math.abs(percent) < 9.95 ? 1 : 0)} %`;
  return kind === "same" ? text : `${text} ${kind}`;
}
