import type { EmbeddingModelInfo, VectorComparison } from "@weir/engine";
import type { BackendSource, ChatSource } from "../models/backend-holder.ts";
import type { PrecisionChoice } from "../precision/precision-choice.ts";
import { withoutPaths } from "../replica/last-words.ts";
import type { PoolLayout } from "../replica/pool-layout.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Where a model computes, with which weights, and why: what `/info` and `/health` say of it in the same words. One on another
 * server has neither layout nor choice here.
 */
export function describePlacement(
  { device, deviceFallback }: Pick<EmbeddingModelInfo, "device" | "deviceFallback">,
  layout: PoolLayout | undefined,
  precision: PrecisionChoice | undefined,
): Json {
  return {
    device,
    device_fallback: deviceFallback === undefined ? null : withoutPaths(deviceFallback),
    layout: layout === undefined ? null : describeLayout(layout),
    precision_choice: precision === undefined ? null : describeChoice(precision),
  };
}

function describeLayout({ replicas, threads, chosenBy, measured }: PoolLayout): Json {
  return {
    replicas,
    threads,
    chosen_by: chosenBy,
    measured: measured.map((point) => ({
      replicas: point.replicas,
      threads: point.threads,
      jobs_per_second: round(point.jobsPerSecond, 100),
    })),
  };
}

function describeChoice({ asked, runs, chosenBy, reason, measured }: PrecisionChoice): Json {
  return {
    asked,
    runs,
    chosen_by: chosenBy,
    reason: withoutPaths(reason),
    measured: measured.map(({ precision, textsPerSecond, speedRatio, weightBytes, vectors }) => ({
      precision,
      texts_per_second: round(textsPerSecond, 10),
      speed_ratio: round(speedRatio, 100),
      weight_bytes: weightBytes,
      ...(vectors === undefined ? {} : describeVectors(vectors)),
    })),
  };
}

function describeVectors(vectors: VectorComparison): Json {
  return {
    mean_cosine: round(vectors.meanCosine, 1e4),
    least_cosine: round(vectors.leastCosine, 1e4),
    agreement: round(vectors.agreement, 1e3),
    agreement_clear: vectors.clearTexts === 0 ? null : round(vectors.clearAgreement, 1e3),
    texts: vectors.texts,
    texts_clear: vectors.clearTexts,
  };
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}

export function findPrecision(source: BackendSource | ChatSource): PrecisionChoice | undefined {
  return source.kind === "replicas" && "precision" in source.pool ? source.pool.precision : undefined;
}

export function findLayout(source: BackendSource | ChatSource): PoolLayout | undefined {
  return source.kind === "replicas" && "layout" in source.pool ? source.pool.layout : undefined;
}
