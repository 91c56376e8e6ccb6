import { Counter, Gauge, type Registry } from "prom-client";
import { hitSources, type CacheCounts } from "../cache/cache-counts.ts";
import type { CacheState, EmbeddingCache } from "../cache/embedding-cache.ts";
import { registerShown, type Show } from "./register-shown.ts";

/** The embedding cache, read when somebody asks. Without one the metrics are there and have no rows. */
export function createCacheMetrics(
  registry: Registry,
  cache: Pick<EmbeddingCache, "state"> | undefined,
): void {
  // All of them are collected in one turn of the event loop: what one has asked for serves the others.
  let reading: Promise<CacheState> | undefined;
  function readOnce(shared: Pick<EmbeddingCache, "state">): Promise<CacheState> {
    reading ??= shared.state().finally(() => (reading = undefined));
    return reading;
  }

  const register = registerShown(registry, () => cache && readOnce(cache));
  const gauge = register.bind(undefined, Gauge);
  const counter = register.bind(undefined, Counter);

  const perModel =
    (count: (counts: Readonly<CacheCounts>) => number): Show<CacheState> =>
    (set, { models }) => {
      for (const [model, counts] of models) set({ model }, count(counts));
    };
  const perStore =
    (read: (store: NonNullable<CacheState["ram"]>) => number): Show<CacheState> =>
    (set, { ram, disk }) => {
      if (ram !== undefined) set({ store: "ram" }, read(ram));
      if (disk !== undefined) set({ store: "disk" }, read(disk));
    };

  counter(
    "weir_cache_hits_total",
    "Inputs that were not computed for their request. source: ram, disk, shared (another request was computing it just then, or its list had it twice).",
    ["model", "source"],
    (set, { models }) => {
      for (const [model, counts] of models)
        for (const source of hitSources) set({ model, source }, counts[source]);
    },
  );
  counter(
    "weir_cache_misses_total",
    "Inputs that the cache did not have.",
    ["model"],
    perModel(({ misses }) => misses),
  );
  counter(
    "weir_cache_tokens_saved_total",
    "Tokens of the hits: what the model did not have to read.",
    ["model"],
    perModel(({ tokensSaved }) => tokensSaved),
  );
  gauge(
    "weir_cache_bytes",
    "What the cache takes: memory with everything that belongs to it, or the size of its file.",
    ["store"],
    perStore(({ bytes }) => bytes),
  );
  gauge(
    "weir_cache_bytes_max",
    "What it may take.",
    ["store"],
    perStore(({ maxBytes }) => maxBytes),
  );
  gauge(
    "weir_cache_entries",
    "Vectors that are kept.",
    ["store"],
    perStore(({ entries }) => entries),
  );
  counter(
    "weir_cache_evictions_total",
    "Vectors that this server removed to make room for others.",
    ["store"],
    perStore(({ evictions }) => evictions),
  );
  counter(
    "weir_cache_save_failures_total",
    "Times that the cache's file could not be opened or written.",
    [],
    (set, { disk }) => set({}, disk?.failures ?? 0),
  );
  counter(
    "weir_cache_writes_dropped_total",
    "Vectors that were not written to the file because too many waited; they stay in memory only.",
    [],
    (set, { disk }) => set({}, disk?.dropped ?? 0),
  );
}
