import { formatDuration, formatMs, formatNumber, formatShare } from "../record/format-number.ts";
import type { Cell, DataColumn, DataTable } from "../tables/data-table.ts";
import { axesOf } from "./sweep-matrix.ts";
import type { Recommendation } from "./confirmation.ts";
import { describeSettings, keyOf, type AxisName } from "./sweep-case.ts";
import { slowestOf } from "./likely-causes.ts";
import type { UseName } from "./recommend.ts";
import type { SweepRecord } from "./sweep-record.ts";

const axisHeadings: Readonly<Record<AxisName, string>> = {
  size: "size",
  imageSize: "px",
  dpi: "dpi",
  inputTokens: "in",
  outputTokens: "out",
  batch: "batch",
  concurrency: "users",
};

/** What recommendations are for, as people read it. */
export const useNames: Readonly<Record<UseName, string>> = {
  throughput: "throughput",
  latency: "latency",
  "large-inputs": "large inputs",
  "below-1000": "texts below 1,000 characters",
  "1000-to-3000": "texts of 1,000 to 3,000",
  "above-3000": "texts above 3,000",
};

const useOrder = Object.keys(useNames) as readonly UseName[];

const asMs = (value: Cell): string => formatMs(value as number);
const asShare = (value: Cell): string => formatShare(value as number);
const asTimes = (value: Cell): string => `${(value as number).toFixed(2)}x`;
const asBytes = (value: Cell): string => `${formatNumber((value as number) / 2 ** 20)} MiB`;
const asCount = (value: Cell): string => (value as number).toLocaleString("en-US");

/** A row for each case. The first table of a sweep: what CSV and `--export-csv` hold. */
export function toCaseTable({ cases, plan, summary, redFlags }: SweepRecord): DataTable {
  const axes = axesOf(plan.matrix.kind);
  const hasRss = cases.some(({ serverRssBytes }) => serverRssBytes !== null);
  const flagged = new Set(redFlags.filter(({ kind }) => kind === "success").flatMap((flag) => flag.cases));
  const doubtful = new Set(redFlags.flatMap((flag) => flag.cases));
  const columns: DataColumn[] = [
    { key: "series", heading: "series" },
    ...axes.map((axis) => ({ key: axis, heading: axisHeadings[axis], show: asCount })),
    { key: "requests", heading: "n", show: asCount },
    { key: "unitsPerSecond", heading: `${summary.unit}/s` },
    { key: "variation", heading: "varies", show: asShare },
    { key: "p50Ms", heading: "p50", show: asMs },
    { key: "p95Ms", heading: "p95", show: asMs },
    { key: "maxMs", heading: "max", show: asMs },
    { key: "speedUp", heading: "speed-up", show: asTimes },
    { key: "efficiency", heading: "efficiency", show: asShare },
    { key: "successShare", heading: "success", show: asShare },
    ...(hasRss ? [{ key: "serverRssBytes", heading: "server RSS", show: asBytes }] : []),
  ];
  const rows = cases.map((each) => ({
    cells: [
      each.series,
      ...axes.map((axis) => each.settings[axis] ?? null),
      each.completed,
      each.unitsPerSecond,
      each.variation,
      each.serviceMs.p50,
      each.serviceMs.p95,
      each.serviceMs.max,
      each.speedUp,
      each.efficiency,
      each.successShare,
      ...(hasRss ? [each.serverRssBytes] : []),
    ],
    ...(flagged.has(each.id)
      ? { tone: "bad" as const }
      : doubtful.has(each.id)
        ? { tone: "warn" as const }
        : {}),
  }));
  return { title: null, columns, rows };
}

/** What to set, with the evidence. */
export function toRecommendationTable({ recommendations, summary }: SweepRecord): DataTable {
  return {
    title: "Recommended",
    columns: [
      { key: "use", heading: "for" },
      { key: "input", heading: "measured at" },
      { key: "settings", heading: "settings" },
      { key: "unitsPerSecond", heading: `${summary.unit}/s` },
      { key: "low", heading: "from" },
      { key: "high", heading: "to" },
      { key: "p50Ms", heading: "p50", show: asMs },
      { key: "slowestMs", heading: "p95 or max", show: asMs },
      { key: "gain", heading: "of default", show: asTimes },
      { key: "againLow", heading: "again from", show: asTimes },
      { key: "againHigh", heading: "to", show: asTimes },
    ],
    rows: useOrder.flatMap((use) =>
      recommendations
        .filter(({ uses }) => uses.includes(use))
        .map((each) => ({
          cells: [
            useNames[use],
            describeSettings(each.input),
            describeSettings(each.choice),
            each.unitsPerSecond,
            each.unitsPerSecondInterval?.low ?? null,
            each.unitsPerSecondInterval?.high ?? null,
            each.p50Ms,
            slowestOf({ serviceMs: { p95: each.p95Ms, max: each.maxMs } }) ?? null,
            gainOf(each)?.ratio ?? null,
            gainOf(each)?.again.low ?? null,
            gainOf(each)?.again.high ?? null,
          ],
        })),
    ),
  };
}

/** Of the settings that are recommended, and not of what was picked and turned out to be no better. */
function gainOf({ gain, choice, picked }: Recommendation): Recommendation["gain"] {
  return keyOf(choice) === keyOf(picked) ? gain : null;
}

/** How long documents take at the recommended settings. */
export function toProjectionTable({ projections }: SweepRecord): DataTable {
  const asSeconds = (seconds: number): string => formatDuration(seconds * 1000);
  const counts = projections[0]?.times.map(({ documents }) => documents) ?? [];
  return {
    title: "Time for documents of one text, answer or file each",
    columns: [
      { key: "input", heading: "each" },
      { key: "settings", heading: "settings" },
      ...counts.map((documents) => ({
        key: `documents${documents}`,
        heading: documents.toLocaleString("en-US"),
      })),
    ],
    rows: projections.map(({ input, choice, times }) => ({
      cells: [
        describeSettings(input),
        describeSettings(choice),
        ...times.map(({ seconds, secondsInterval: interval }) =>
          interval === null
            ? asSeconds(seconds)
            : `${asSeconds(seconds)} (${asSeconds(interval.low)} to ${asSeconds(interval.high)})`,
        ),
      ],
    })),
  };
}
