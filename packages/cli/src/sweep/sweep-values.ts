import {
  axesOf,
  sweepFlagOf,
  type AxisName,
  type SweepKind,
  type SweepSettings,
  type SweepThresholds,
} from "@weir/lab";
import type { FlagReader } from "../flags/flag-reader.ts";
import type { SweepFlags } from "./sweep-flags.ts";

const largest: Readonly<Record<AxisName, number>> = {
  size: 1_000_000,
  imageSize: 8_192,
  dpi: 2_400,
  inputTokens: 1_000_000,
  outputTokens: 100_000,
  batch: 10_000,
  concurrency: 10_000,
};

/** Values of the axes that were named. Problems are noted, axes of other workloads among them. */
export function readAxes(
  flags: SweepFlags,
  kind: SweepKind,
  read: FlagReader,
): Readonly<Partial<Record<AxisName, readonly number[]>>> {
  const known = new Set(axesOf(kind));
  const axes: Partial<Record<AxisName, readonly number[]>> = {};
  for (const [axis, flag] of Object.entries(sweepFlagOf) as [AxisName, string][]) {
    const given = givenList(flags, axis);
    if (given === undefined) continue;
    if (!known.has(axis)) {
      read.note(
        `${flag} says nothing to --workload ${kind}, which has ${[...known].map((each) => sweepFlagOf[each]).join(", ")}. Leave it out, or change the workload.`,
      );
      continue;
    }
    const values = given.split(",").map((part) => part.trim().replaceAll("_", ""));
    if (values.every((value) => /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= largest[axis]))
      axes[axis] = values.map(Number);
    else
      read.note(
        `${flag}: expected whole numbers from 1 to ${largest[axis]} with commas between them, e.g. 1,8,32, got ${JSON.stringify(given)}.`,
      );
  }
  return axes;
}

function givenList(flags: SweepFlags, axis: AxisName): string | undefined {
  switch (axis) {
    case "size":
      return flags.sizes;
    case "imageSize":
      return flags.imageSizes;
    case "dpi":
      return flags.dpis;
    case "inputTokens":
      return flags.inputTokens;
    case "outputTokens":
      return flags.outputTokens;
    case "batch":
      return flags.batches;
    case "concurrency":
      return flags.concurrency;
  }
}

const usualRate = 30;

export function readThresholds(flags: SweepFlags, kind: SweepKind, read: FlagReader): SweepThresholds {
  return {
    successShare: readShare("flag-success", flags.flagSuccess, 1, 1, read),
    unitsPerSecond: readRate(flags.flagRate, kind === "embeddings" ? usualRate : null, read),
    p95Ms: read.duration("flag-p95", flags.flagP95, { leastMs: 1, absent: 2_000 }),
    efficiency: readShare("flag-efficiency", flags.flagEfficiency, 1.05, 100, read),
  };
}

function readShare(
  name: string,
  given: string | undefined,
  absent: number,
  most: number,
  read: FlagReader,
): number {
  if (given === undefined) return absent;
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(given) ?? [];
  if (percent !== undefined && Number(percent) / 100 <= most) return Number(percent) / 100;
  read.note(
    `--${name}: expected a share such as 99.5%, of ${most * 100}% at most, got ${JSON.stringify(given)}.`,
  );
  return absent;
}

function readRate(given: string | undefined, absent: number | null, read: FlagReader): number | null {
  if (given === undefined) return absent;
  if (/^\d+(?:\.\d+)?$/.test(given)) return Number(given) === 0 ? null : Number(given);
  read.note(
    `--flag-rate: expected a number a second such as 30, or 0 for none, got ${JSON.stringify(given)}.`,
  );
  return absent;
}

/** Reads `32x1`, or `1` where there are no batches. */
export function readBaseline(
  given: string | undefined,
  kind: SweepKind,
  absent: SweepSettings,
  read: FlagReader,
): SweepSettings {
  if (given === undefined) return absent;
  const pattern =
    kind === "embeddings" ? /^(?<batch>[1-9]\d{0,4})x(?<users>[1-9]\d{0,4})$/ : /^(?<users>[1-9]\d{0,4})$/;
  const { batch, users } = pattern.exec(given)?.groups ?? {};
  if (users !== undefined)
    return { ...(batch !== undefined && { batch: Number(batch) }), concurrency: Number(users) };
  const form = kind === "embeddings" ? "BATCHxUSERS such as 32x1" : "a number of users such as 1";
  read.note(`--baseline: expected ${form}, got ${JSON.stringify(given)}.`);
  return absent;
}
