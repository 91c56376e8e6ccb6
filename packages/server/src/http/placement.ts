import type { EmbeddingModelInfo } from "@weir/engine";
import type { BackendSource } from "../models/backend-holder.ts";
import { withoutPaths } from "../replica/last-words.ts";
import type { PoolLayout } from "../replica/pool-layout.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Where a model computes and why there: what `/info` and `/health` say of it in the same words. One on another server has no
 * layout here.
 */
export function describePlacement(
  { device, deviceFallback }: Pick<EmbeddingModelInfo, "device" | "deviceFallback">,
  layout: PoolLayout | undefined,
): Json {
  return {
    device,
    device_fallback: deviceFallback === undefined ? null : withoutPaths(deviceFallback),
    layout: layout === undefined ? null : describeLayout(layout),
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
      jobs_per_second: Math.round(point.jobsPerSecond * 100) / 100,
    })),
  };
}

export function findLayout(source: BackendSource): PoolLayout | undefined {
  return source.kind === "replicas" ? source.pool.layout : undefined;
}
