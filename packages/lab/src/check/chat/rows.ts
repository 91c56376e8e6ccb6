import type { Distribution } from "@weir/stats";
import { formatMs } from "../../record/format-number.ts";
import { formatValue } from "../format-value.ts";
import type { CheckRow } from "../suite.ts";

/** A figure before it is held to anything. */
export interface Figure extends Pick<CheckRow, "key" | "metric" | "unit"> {
  /** Null where it could not be measured: `why` says what was in the way. */
  readonly value: number | null;
  /** Follows the figure in brackets. */
  readonly note?: string | undefined;
  /** What is said in the figure's place where there is none. @default "not measured" */
  readonly why?: string | undefined;
}

/** A figure that is held to nothing. */
export function told(figure: Figure, better?: CheckRow["better"]): CheckRow {
  return { ...toRow(figure), limit: null, status: "info", better };
}

/** A figure that has to stay below a limit. */
export function heldBelow(figure: Figure, limit: number, advice?: string): CheckRow {
  return held(figure, `< ${formatLimit(limit, figure.unit)}`, (value) => value < limit, "less", advice);
}

/** A figure that has to be no more than a limit. */
export function heldTo(figure: Figure, limit: number, advice?: string): CheckRow {
  const text = limit === 0 ? "none" : `<= ${formatLimit(limit, figure.unit)}`;
  return held(figure, text, (value) => value <= limit, "less", advice);
}

/** A figure that has to be a limit or more. */
export function heldFrom(figure: Figure, limit: number, advice?: string): CheckRow {
  return held(figure, `>= ${formatLimit(limit, figure.unit)}`, (value) => value >= limit, "more", advice);
}

/** A figure that has to be above a limit. */
export function heldAbove(figure: Figure, limit: number, advice?: string): CheckRow {
  return held(figure, `> ${formatLimit(limit, figure.unit)}`, (value) => value > limit, "more", advice);
}

/**
 * A percentile as a figure. Where there are too few samples for it, or some were cut off, what is known of it is said in
 * words.
 */
export function percentileOf(
  name: Pick<Figure, "key" | "metric">,
  of: Distribution | null,
  percentile: "p50" | "p95",
): Figure {
  const figure = { ...name, unit: "ms" as const, value: of?.[percentile] ?? null };
  if (of === null) return { ...figure, why: "nothing of the kind was seen" };
  const atLeastMs = of.censored?.atLeast[percentile];
  if (atLeastMs !== undefined) return { ...figure, why: `≥ ${formatMs(atLeastMs)}` };
  return figure.value === null ? { ...figure, why: `n too small (${of.n})` } : figure;
}

/** `all 8 limits are kept`, `2 of 8 limits are missed`, with what is open. */
export function describeLimits(rows: readonly CheckRow[]): string {
  const count = (status: CheckRow["status"]): number => rows.filter((row) => row.status === status).length;
  const [kept, missed, open] = [count("pass"), count("fail"), count("not-measured")];
  const all = kept + missed + open;
  const notMeasured = open === 0 ? "" : `, ${open} could not be measured`;
  if (missed > 0) return `${missed} of ${all} limits ${missed === 1 ? "is" : "are"} missed${notMeasured}`;
  if (open > 0) return `${kept} of ${all} limits are kept${notMeasured}`;
  return all === 1 ? "its limit is kept" : `all ${all} limits are kept`;
}

function held(
  figure: Figure,
  limit: string,
  keeps: (value: number) => boolean,
  better: CheckRow["better"],
  advice: string | undefined,
): CheckRow {
  const { value } = figure;
  if (value === null) return { ...toRow(figure), limit, status: "not-measured", better };
  const good = keeps(value);
  return {
    ...toRow(figure),
    limit,
    better,
    status: good ? "pass" : "fail",
    advice: good ? undefined : advice,
  };
}

function toRow({
  key,
  metric,
  unit,
  value,
  note,
  why = "not measured",
}: Figure): Omit<CheckRow, "limit" | "status"> {
  const measured = value === null ? why : formatValue(value, unit);
  return { key, metric, unit, value, measured: note === undefined ? measured : `${measured} (${note})` };
}

// Limits are round numbers: 5,000 ms, as people set them.
function formatLimit(limit: number, unit: CheckRow["unit"]): string {
  return unit === "ms" ? `${limit.toLocaleString("en-US")} ms` : formatValue(limit, unit);
}
