import { formatMs, formatNumber } from "../record/format-number.ts";

/** A change, B / A - 1, in words: `is 12 % lower`, `is the same to 0.1 %`. */
export function formatChange(change: number): string {
  if (!Number.isFinite(change)) return "is unknown";
  if (Math.abs(change) < 0.0005) return "is the same to 0.1 %";
  return change < 0 ? `is ${formatPercent(-change)} lower` : `is ${formatPercent(change)} higher`;
}

/** A change with its sign: `+1.2 %`, `-12 %`. */
export function formatSignedChange(change: number): string {
  const sign = change < 0 ? "-" : "+";
  return `${sign}${formatPercent(Math.abs(change))}`;
}

/** Beyond this an interval says only that nothing is known yet. */
const widestShown = 10;

/** `-16.2 % to -8.1 %`. */
export function formatChangeInterval([low, high]: readonly [number, number]): string {
  const upper =
    high > widestShown ? `more than ${formatSignedChange(widestShown)}` : formatSignedChange(high);
  return `${formatSignedChange(low)} to ${upper}`;
}

/** A figure in the unit of its metric. */
export function formatFigure(value: number, unit: "ms" | "per-second" | "count"): string {
  if (unit === "count") return formatNumber(value);
  return unit === "ms" ? formatMs(value) : `${formatNumber(value)}/s`;
}

// One decimal is as much as rounds ever tell.
function formatPercent(share: number): string {
  const percent = share * 100;
  if (!Number.isFinite(percent)) return "endlessly";
  return `${percent >= 99.95 ? Math.round(percent).toLocaleString("en-US") : percent.toFixed(1)} %`;
}
