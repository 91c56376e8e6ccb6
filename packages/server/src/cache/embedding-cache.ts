import type { FastifyBaseLogger } from "fastify";
import { createCacheCounts, type CacheCounts } from "./cache-counts.ts";
import { openDiskFile, type DiskFileEvent } from "./disk-file.ts";
import { DiskStore } from "./disk-store.ts";
import { RamStore } from "./ram-store.ts";
import { VectorStore } from "./vector-store.ts";

export interface CacheOptions {
  /** Memory for vectors, in bytes, everything that belongs to them included. 0: none. */
  readonly ramBytes: number;
  /** @default no file */
  readonly disk?: {
    /** Where the file is, and what belongs to it. Made where it is not there. */
    readonly directory: string;
    /** The size that the file may have. */
    readonly maxBytes: number;
  };
}

/** How a cache is, for /health and metrics. */
export interface CacheState {
  readonly ram: StoreState | undefined;
  readonly disk:
    | (StoreState & {
        readonly path: string;
        /** `opening`: being read whole before it is used. `failed`: it could not be opened. */
        readonly kind: "opening" | "open" | "failed";
        /** Entries that were not written because too many waited. */
        readonly dropped: number;
        /** Times that writing to it or opening it failed. */
        readonly failures: number;
      })
    | undefined;
  readonly models: ReadonlyMap<string, Readonly<CacheCounts>>;
}

interface StoreState {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly entries: number;
  readonly evictions: number;
}

/** Vectors that were computed once. Closing it writes what waits to be written. */
export interface EmbeddingCache extends AsyncDisposable {
  readonly store: VectorStore;
  /** Whether others may read what is kept, or this server once it is started again. */
  readonly isLasting: boolean;
  /** What to count a model's inputs in. */
  countsOf(model: string): CacheCounts;
  state(): Promise<CacheState>;
  /** Forgets everything, in the file for everybody who shares it. Returns how many entries there were. */
  clear(): Promise<{ readonly ram: number; readonly disk: number }>;
}

/** The file is opened beside everything else; until it is, memory alone serves. */
export function openEmbeddingCache(
  options: CacheOptions,
  logger: FastifyBaseLogger | undefined,
): EmbeddingCache {
  const ram = options.ramBytes > 0 ? new RamStore(options.ramBytes) : undefined;
  const store = new VectorStore(ram);
  const counts = new Map<string, CacheCounts>();
  const closing = new AbortController();
  const { disk } = options;
  let kind: "opening" | "open" | "failed" = "opening";
  let failures = 0;
  let path = disk?.directory ?? "";
  let before = { evictions: 0, dropped: 0 };
  let work: Promise<void> = disk === undefined ? Promise.resolve() : openDisk(disk);

  function noteFailure(error: unknown, message: string): void {
    failures++;
    logger?.error({ path, reason: error instanceof Error ? error.message : String(error) }, message);
  }

  async function openDisk({ directory, maxBytes }: NonNullable<CacheOptions["disk"]>): Promise<void> {
    kind = "opening";
    try {
      const file = await openDiskFile({ directory, maxBytes, onEvent: logFile }, closing.signal);
      path = file.path;
      store.disk = new DiskStore(file, {
        maxBytes,
        onDamage: (reason) => {
          work = replace(reason);
        },
        onWriteFailure: (error) => noteFailure(error, "the embedding cache could not be saved"),
      });
      kind = "open";
    } catch (error) {
      if (closing.signal.aborted) return;
      kind = "failed";
      noteFailure(error, "the embedding cache's file could not be opened; memory alone serves");
    }
  }

  async function replace(reason: string): Promise<void> {
    const damaged = store.disk;
    if (damaged === undefined || disk === undefined) return;
    store.disk = undefined;
    kind = "opening";
    before = { evictions: before.evictions + damaged.evictions, dropped: before.dropped + damaged.dropped };
    try {
      await damaged.setAside(reason);
    } catch (error) {
      kind = "failed";
      noteFailure(error, "the embedding cache's file is damaged and could not be moved aside");
      return;
    }
    await openDisk(disk);
  }

  function logFile(event: DiskFileEvent): void {
    if (event.kind === "opened") logger?.info(event, "embedding cache opened");
    else logger?.warn(event, "embedding cache cannot be trusted: moved aside, begun anew");
  }

  return {
    store,
    isLasting: disk !== undefined,
    countsOf(model) {
      const known = counts.get(model) ?? createCacheCounts();
      counts.set(model, known);
      return known;
    },
    async state() {
      const open = store.disk;
      return {
        ram,
        disk:
          disk === undefined
            ? undefined
            : {
                kind,
                path,
                failures,
                bytes: (await open?.bytes()) ?? 0,
                maxBytes: disk.maxBytes,
                entries: open?.entries ?? 0,
                evictions: before.evictions + (open?.evictions ?? 0),
                dropped: before.dropped + (open?.dropped ?? 0),
              },
        models: counts,
      };
    },
    async clear() {
      const were = { ram: ram?.entries ?? 0, disk: store.disk?.entries ?? 0 };
      await store.clear();
      return were;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await work;
      const open = store.disk;
      store.disk = undefined;
      try {
        await open?.[Symbol.asyncDispose]();
      } catch (error) {
        noteFailure(error, "the embedding cache could not be closed");
      }
    },
  };
}
