import {
  defaultLimit,
  formatMs,
  formatNumber,
  formatShare,
  probesInOrder,
  parseLimit,
  type CapacityProbeRecord,
  type CapacityRecord,
  type Limit,
} from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { layOutTable } from "../console/text-table.ts";
import { visibleWidth } from "../console/visible-text.ts";

const barColumns = 30;
/** Where the limit stands: so much of the width is below it. */
const limitColumn = 20;

const outcomes: Readonly<Record<CapacityProbeRecord["outcome"], string>> = {
  pass: "holds",
  miss: "misses",
  lost: "lost",
  unclear: "unclear",
  invalid: "invalid",
  "not-judged": "not judged",
};

/** The curve as bars: a probe each, by level, against a line where the limit is. Only its figures where there is no room. */
export function drawCapacity(
  { plan, capacity, probes }: CapacityRecord,
  paint: Paint,
  columns: number = Infinity,
): string[] {
  const limits = plan.limits.map((text) => parseLimit(text));
  const limit = limits.find((each) => each.kind === "time") ?? limits[0];
  const sorted = probesInOrder(probes);
  const headings = [plan.of === "users" ? "users" : "rate", headingOf(limit), "requests/s", "errors", ""];
  const rows = [
    headings.map(paint.dim),
    ...sorted.map((probe) => {
      const tone = toneOf(probe, paint);
      return [
        probe.purpose === "baseline" ? "1 user" : describeNumber(probe.level, capacity.of),
        figureOf(probe, limit),
        formatNumber(probe.requestsPerSecond),
        formatShare(probe.errorShare),
        tone(outcomes[probe.outcome]),
      ];
    }),
  ];
  const lines = layOutTable(rows);
  const width = barColumns + 3 + Math.max(...lines.map(visibleWidth));
  if (limit === undefined || width > columns) return lines;
  return lines.map((line, index) => {
    const probe = sorted[index - 1];
    const bar = probe === undefined ? drawHeading(limits, paint) : drawProbe(probe, limits, paint);
    return `${bar}  ${line}`;
  });
}

function drawHeading(limits: readonly Limit[], paint: Paint): string {
  const [only] = limits;
  const text = limits.length === 1 && only !== undefined ? only.text : "limits";
  return paint.dim(`${text.padStart(limitColumn).slice(0, barColumns)}┐`.padEnd(barColumns + 1));
}

function drawProbe(probe: CapacityProbeRecord, limits: readonly Limit[], paint: Paint): string {
  const share = shareOfLimits(probe, limits);
  const columns = Math.min(barColumns, Math.round(share * limitColumn));
  const cells = Array.from({ length: barColumns + 1 }, (_, column): string => {
    if (column === limitColumn) return "│";
    return column < columns + (columns > limitColumn ? 1 : 0) ? "━" : " ";
  });
  if (share * limitColumn > barColumns) cells[barColumns] = "▶";
  const [below, above] = [cells.slice(0, limitColumn).join(""), cells.slice(limitColumn + 1).join("")];
  const tone = toneOf(probe, paint);
  return tone(below) + paint.dim("│") + tone(above);
}

/** How much was used of the limit that is used most, of those that the record has a figure for; 1 is all of it. */
function shareOfLimits({ limitedMs, errorShare }: CapacityProbeRecord, limits: readonly Limit[]): number {
  const first = limits.find((limit) => limit.kind === "time");
  const isWithErrors = limits.some((limit) => limit.kind === "errors");
  const judged = isWithErrors ? limits : [...limits, parseLimit(defaultLimit)];
  const shares = judged.map((limit) => {
    if (limit.kind === "errors") return errorShare / Math.max(limit.share, 1e-4);
    return limit === first ? (limitedMs ?? 0) / first.ms : 0;
  });
  return Math.max(0, ...shares);
}

function headingOf(limit: Limit | undefined): string {
  return limit?.kind === "time" ? `${limit.metric} ${limit.statistic}` : "p95";
}

function figureOf({ limitedMs, p95Ms }: CapacityProbeRecord, limit: Limit | undefined): string {
  const ms = limit?.kind === "time" ? limitedMs : p95Ms;
  return ms === null ? "-" : formatMs(ms);
}

function toneOf({ outcome }: CapacityProbeRecord, paint: Paint): (text: string) => string {
  if (outcome === "pass") return paint.green;
  return outcome === "miss" || outcome === "lost" ? paint.red : paint.yellow;
}

function describeNumber(level: number, of: "users" | "rate"): string {
  return of === "users" ? level.toLocaleString("en-US") : `${formatNumber(level)}/s`;
}
