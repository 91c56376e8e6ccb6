import { freemem, loadavg, totalmem } from "node:os";
import { defaultMaxPaddedTokens } from "@weir/engine";
import type { AnswerCache } from "../answer-cache/answer-cache.ts";
import type { CacheState } from "../cache/embedding-cache.ts";
import { isBackend, type HostedModel } from "../models/model-registry.ts";
import type { QueuedBackend } from "../models/queued-backend.ts";
import { describeChatWork } from "./chat-detail.ts";
import type { CpuMeter } from "./cpu-meter.ts";
import { judgeHealth } from "./judge-health.ts";
import { describePlacement, findLayout, findPrecision } from "./placement.ts";
import type { Service } from "./service.ts";

type Json = Readonly<Record<string, unknown>>;

/** What `/health` says beyond its status to those who may see it. Times in seconds, sizes in bytes, CPU in cores. */
export async function describeHealth(service: Service, cpu: CpuMeter): Promise<Json> {
  const { models } = service.registry;
  const { kind, causes } = judgeHealth(service.phase, models);
  return {
    state: kind,
    causes,
    phase: service.phase,
    version: service.version,
    uptime_seconds: Math.round(process.uptime()),
    memory: {
      rss_bytes: process.memoryUsage.rss(),
      replicas_rss_bytes: sum(
        models.flatMap(({ replicas }) => replicas.map(({ rssBytes }) => rssBytes ?? 0)),
      ),
      machine_free_bytes: freemem(),
      machine_total_bytes: totalmem(),
    },
    cpu: { process_cores: round(cpu()), machine_load_1m: round(loadavg()[0]!) },
    gpus: describeGpus(models),
    cache: service.cache === undefined ? null : describeCache(await service.cache.state()),
    answer_cache: service.answers === undefined ? null : describeAnswers(service.answers),
    models: models.map(describeModelHealth),
  };
}

function describeAnswers({ mode, store, counts }: AnswerCache): Json {
  return {
    mode,
    bytes: store.bytes,
    max_bytes: store.maxBytes,
    entries: store.count,
    evictions: store.evictions,
    models: Array.from(counts, ([name, { exact, semantic, shared, misses, passed, ...saved }]) => ({
      name,
      hits: exact + semantic + shared,
      misses,
      not_looked_up: passed,
      tokens_saved: saved.inputTokens + saved.outputTokens,
    })),
  };
}

function describeCache({ ram, disk, models }: CacheState): Json {
  const describeStore = ({ bytes, maxBytes, entries, evictions }: NonNullable<CacheState["ram"]>): Json => ({
    bytes,
    max_bytes: maxBytes,
    entries,
    evictions,
  });
  return {
    ram: ram === undefined ? null : describeStore(ram),
    disk:
      disk === undefined
        ? null
        : { state: disk.kind, path: disk.path, ...describeStore(disk), failures: disk.failures },
    models: Array.from(models, ([name, { ram, disk, shared, misses, tokensSaved }]) => ({
      name,
      hits: ram + disk + shared,
      misses,
      tokens_saved: tokensSaved,
    })),
  };
}

function describeModelHealth(model: HostedModel): Json {
  const { state, info, replicas, source } = model;
  const { slots, slotsInUse, waiting, maxJobs, rate } = model.admissionStats();
  return {
    name: model.name,
    kind: model.kind,
    state: state.kind,
    restarts: "restarts" in state ? state.restarts : 0,
    keep_alive_seconds: toSeconds(model.expiresInMs),
    // All that it printed, frames and paths included: this is for operators.
    ...(state.kind === "circuit-open" ? { last_lines: state.lastLines } : {}),
    ...describePlacement(info, findLayout(source), findPrecision(source)),
    precision: info.precision,
    reference_weights: info.reference,
    queue: {
      waiting: waiting.jobs,
      waiting_tokens: Math.round(waiting.cost),
      oldest_wait_seconds: round(waiting.oldestWaitMs / 1_000),
      limit: maxJobs,
      slots,
      slots_in_use: slotsInUse,
      tokens_per_second: rate === undefined ? null : Math.round(rate.costPerSecond),
    },
    replicas: replicas.map(({ place, kind, pid, jobsUnderWay, jobsDone, rssBytes }) => ({
      place,
      state: kind,
      pid: pid ?? null,
      jobs_under_way: jobsUnderWay,
      jobs_done: jobsDone,
      rss_bytes: rssBytes ?? null,
    })),
    ...(isBackend(model) ? describeWork(model) : describeChatWork(model)),
  };
}

function describeWork(model: QueuedBackend): Json {
  const { source, replicas } = model;
  if (source.kind === "remote") {
    const { url, dialect, remoteModel } = source.remote;
    return { remote: { url, dialect, model: remoteModel }, optimizations: { passes_through: dialect } };
  }
  return {
    optimizations: {
      batches: "texts of like length together",
      max_batch_tokens: defaultMaxPaddedTokens,
      split_over_replicas: replicas.length > 1,
      tokenizes_while_computing: true,
      jobs_at_once_per_replica: jobsAtOnce(model),
    },
  };
}

/** JSON has no Infinity: null is for ever. */
function toSeconds(ms: number): number | null {
  return ms === Number.POSITIVE_INFINITY ? null : round(ms / 1_000);
}

/** What of a GPU's kind computes, and which models on it; empty where all models are on the CPU. */
function describeGpus(models: readonly HostedModel[]): Json[] {
  const devices = new Set(models.map(({ info }) => info.device).filter((device) => device !== "cpu"));
  return Array.from(devices, (device) => ({
    device,
    models: models.filter(({ info }) => info.device === device).map(({ name }) => name),
  }));
}

/** Null while no replica is there to take one. */
function jobsAtOnce({ slots, replicas }: QueuedBackend): number | null {
  const ready = replicas.filter(({ kind }) => kind === "ready").length;
  return ready === 0 ? null : slots / ready;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
