import { formatCount } from "../record/format-number.ts";

/** What a sweep may vary. The order is the one in which settings are named. */
export const axisNames = [
  "size",
  "imageSize",
  "dpi",
  "inputTokens",
  "outputTokens",
  "batch",
  "concurrency",
] as const;

export type AxisName = (typeof axisNames)[number];

/** Values of the axes that a sweep has; the others are absent. Whole numbers >= 1. */
export type SweepSettings = Readonly<Partial<Record<AxisName, number>>>;

/** One thing to measure. */
export interface SweepCase {
  /** Unlike those of the other cases of its matrix, the same for the same matrix. */
  readonly id: string;
  /** `scaling` cases say what more users bring; each of their series has its own measurement with one user. */
  readonly series: "grid" | "scaling";
  readonly settings: SweepSettings;
}

/** Axes that whoever calls the server may choose; the others are what there is to send. */
const tunable: ReadonlySet<AxisName> = new Set(["batch", "concurrency"]);

/** Users at once. */
export function usersOf(settings: SweepSettings): number {
  return settings.concurrency ?? 1;
}

/** What there is to send: the settings without those that whoever calls may choose. */
export function inputOf(settings: SweepSettings): SweepSettings {
  return pick(settings, (axis) => !tunable.has(axis));
}

/** What whoever calls may choose. */
export function choiceOf(settings: SweepSettings): SweepSettings {
  return pick(settings, (axis) => tunable.has(axis));
}

/** How much is in flight at once: the less, the sooner an answer comes. */
export function inFlightOf(settings: SweepSettings): number {
  return (settings.batch ?? 1) * usersOf(settings);
}

/** The same text for the same settings, whatever order their axes were written in: `size=500 batch=32`. */
export function keyOf(settings: SweepSettings): string {
  return axisNames
    .filter((axis) => settings[axis] !== undefined)
    .map((axis) => `${axis}=${settings[axis]}`)
    .join(" ");
}

/** Settings for people: `1,000 characters, batch 32, 2 users`. */
export function describeSettings(settings: SweepSettings): string {
  return axisNames
    .filter((axis) => settings[axis] !== undefined)
    .map((axis) => describeValue[axis](settings[axis]!))
    .join(", ");
}

const describeValue: Readonly<Record<AxisName, (value: number) => string>> = {
  size: (value) => formatCount(value, "character"),
  imageSize: (value) => `${value} px`,
  dpi: (value) => `${value} dpi`,
  inputTokens: (value) => `${value.toLocaleString("en-US")} tokens in`,
  outputTokens: (value) => `${value.toLocaleString("en-US")} tokens out`,
  batch: (value) => `batch ${value.toLocaleString("en-US")}`,
  concurrency: (value) => formatCount(value, "user"),
};

function pick(settings: SweepSettings, wanted: (axis: AxisName) => boolean): SweepSettings {
  const chosen: Partial<Record<AxisName, number>> = {};
  for (const axis of axisNames) {
    const value = settings[axis];
    if (value !== undefined && wanted(axis)) chosen[axis] = value;
  }
  return chosen;
}
