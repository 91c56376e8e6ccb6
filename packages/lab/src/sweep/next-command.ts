import { axisNames, usersOf, type AxisName, type SweepSettings } from "./sweep-case.ts";
import type { SweepKind } from "./sweep-matrix.ts";

/** The flag of `weir sweep` that names the values of an axis. */
export const sweepFlagOf: Readonly<Record<AxisName, string>> = {
  size: "--sizes",
  imageSize: "--image-sizes",
  dpi: "--dpis",
  inputTokens: "--input-tokens",
  outputTokens: "--output-tokens",
  batch: "--batches",
  concurrency: "--concurrency",
};

/** The flags of `weir run` that send what a case sends. */
export function runFlagsOf(kind: SweepKind, settings: SweepSettings): string {
  const flags = [
    ...(kind === "embeddings" ? [] : [`--workload ${kind}`]),
    ...(settings.size === undefined ? [] : [`--text-size ${settings.size}`]),
    ...(settings.inputTokens === undefined ? [] : [`--input-tokens ${settings.inputTokens}`]),
    ...(settings.outputTokens === undefined ? [] : [`--output-tokens ${settings.outputTokens}`]),
    ...(settings.batch === undefined ? [] : [`--batch ${settings.batch}`]),
    `--users ${usersOf(settings)}`,
  ];
  return flags.join(" ");
}

/** The flags of `weir sweep` whose matrix holds these values and no others. */
export function sweepFlagsOf(values: Readonly<Partial<Record<AxisName, readonly number[]>>>): string {
  return axisNames
    .flatMap((axis) => (values[axis] === undefined ? [] : [`${sweepFlagOf[axis]} ${values[axis].join(",")}`]))
    .join(" ");
}
