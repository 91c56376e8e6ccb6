import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { toWeirError } from "@weir/protocol";
import type { DiskDatabase } from "./disk-database.ts";
import type { DiskFile } from "./disk-file.ts";
import { readUsage } from "./disk-usage.ts";
import {
  diskKeyBytes,
  encodeEntry,
  isSound,
  lastUseOf,
  readEntry,
  renewEntry,
  toDiskKey,
} from "./entry-format.ts";
import { missing } from "./ram-store.ts";

export interface DiskStoreOptions {
  /** The size that the file may have. */
  readonly maxBytes: number;
  /** Called once, where an entry is not as it was written: nothing more is read from the file then. */
  readonly onDamage: (reason: string) => void;
  readonly onWriteFailure: (error: unknown) => void;
}

/** Most entries of one transaction. Others that share the file wait for no longer than that. */
const mostBatchEntries = 512;
/**
 * The part of the bound that the pages of one transaction may take: they are written beside those they replace, which
 * are free for use only two transactions later.
 */
const batchPart = 1 / 50;
/** Pages that an entry changes beside its own: where it is linked in. */
const entryPagesBytes = 8_192;
/** What may wait to be written; above it entries stay in memory only. */
const mostPendingBytes = 32 * 1024 * 1024;
/** Entries gather this long before they are written. */
const gatherMs = 50;
/** An entry's last use is written down again when it is this much older. */
const renewAfterSeconds = 3_600;
/** Neighbours that are looked at for each round of eviction, and how many of them go: those longest out of use. */
const sampleEntries = 32;
const sampleEvicted = 8;
/** The part of the bound that entries may take: pages of a transaction under way, and those readers still see, need the rest. */
const fullPart = 0.8;
const evictToPart = 0.75;
/** What they may take once the file itself is nearly as large as it may be. */
const tightPart = 0.6;

/** Vectors in a file that several processes share. Reads are from mapped memory; writes wait for nobody. */
export class DiskStore {
  readonly #file: DiskFile;
  readonly #database: DiskDatabase;
  readonly #options: DiskStoreOptions;
  #pending = new Map<string, Buffer>();
  #writing: ReadonlyMap<string, Buffer> = new Map();
  #pendingBytes = 0;
  #worker: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #damaged = false;
  #closed = false;
  #evictions = 0;
  #dropped = 0;

  constructor(file: DiskFile, options: DiskStoreOptions) {
    this.#file = file;
    this.#database = file.database;
    this.#options = options;
  }

  get path(): string {
    return this.#file.path;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  get entries(): number {
    return this.#isOpen ? readUsage(this.#database).entries : 0;
  }

  /** Bytes of the file. */
  async bytes(): Promise<number> {
    const found = await stat(this.#file.path).catch(() => undefined);
    return found?.size ?? 0;
  }

  get evictions(): number {
    return this.#evictions;
  }

  /** Entries that are not written yet. */
  get waiting(): number {
    return this.#pending.size + this.#writing.size;
  }

  /** Entries that were not written because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  get #isOpen(): boolean {
    return !this.#closed && !this.#damaged;
  }

  /** Has what is read next brought into memory by another thread: a disk's seek would hold the event loop up. */
  async prefetch(keys: readonly string[]): Promise<void> {
    if (!this.#isOpen) return;
    try {
      await this.#database.prefetch(keys.map(toDiskKey));
    } catch (error) {
      // The requests that wait for it have their answers without it.
      this.#giveUp(`it cannot be read: ${toWeirError(error).message}`);
    }
  }

  /** Copies a vector to its place and returns its note; `missing` where it is not there. */
  read(key: string, target: Float32Array, at: number, floats: number): number {
    if (!this.#isOpen) return missing;
    const diskKey = toDiskKey(key);
    const entry = this.#pending.get(key) ?? this.#writing.get(key) ?? this.#find(diskKey);
    if (entry === undefined) return missing;
    if (!isSound(diskKey, entry)) {
      this.#giveUp("an entry that was read is not as it was written");
      return missing;
    }
    const nowSeconds = toSeconds(Date.now());
    if (nowSeconds - lastUseOf(entry) > renewAfterSeconds)
      this.#enqueue(key, renewEntry(diskKey, entry, nowSeconds));
    return readEntry(entry, target, at, floats);
  }

  write(key: string, source: Float32Array, from: number, floats: number, note: number): void {
    if (!this.#isOpen) return;
    const usedAtSeconds = toSeconds(Date.now());
    this.#enqueue(key, encodeEntry(toDiskKey(key), source, { from, floats, note, usedAtSeconds }));
  }

  /** Removes all entries, for every process that shares the file. */
  async clear(): Promise<void> {
    if (!this.#isOpen) return;
    this.#pending.clear();
    this.#pendingBytes = 0;
    await this.#worker;
    const keys = Array.from(this.#database.getKeys({ snapshot: false })).filter(
      (key) => key.length === diskKeyBytes,
    );
    const step = this.#removedAtOnce;
    for (let from = 0; from < keys.length && this.#isOpen; from += step) {
      await this.#database.batch(() => {
        for (const key of keys.slice(from, from + step)) void this.#database.remove(key);
      });
    }
  }

  get #removedAtOnce(): number {
    const most = Math.floor((batchPart * this.#options.maxBytes) / entryPagesBytes);
    return Math.max(1, Math.min(mostBatchEntries, most));
  }

  /** Writes what waits and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#wake?.();
    await this.#worker;
    this.#closed = true;
    if (!this.#damaged) await this.#file[Symbol.asyncDispose]();
  }

  /** Closes the file and moves it aside. */
  async setAside(reason: string): Promise<void> {
    this.#damaged = true;
    this.#wake?.();
    await this.#worker;
    this.#closed = true;
    await this.#file.setAside(reason);
  }

  #find(diskKey: Buffer): Buffer | undefined {
    try {
      const found = this.#database.getBinaryFast(diskKey);
      // It is the database's own read buffer with a `length` put over it, and newer versions of Node look at the true one.
      return found && Buffer.from(found.buffer, found.byteOffset, found.length);
    } catch (error) {
      this.#giveUp(`it cannot be read: ${toWeirError(error).message}`);
      return undefined;
    }
  }

  #giveUp(reason: string): void {
    if (!this.#isOpen) return;
    this.#damaged = true;
    this.#options.onDamage(reason);
  }

  #enqueue(key: string, entry: Buffer): void {
    if (this.#pendingBytes + entry.length > mostPendingBytes) {
      this.#dropped++;
      return;
    }
    this.#pending.set(key, entry);
    this.#pendingBytes += entry.length;
    this.#worker ??= this.#work().finally(() => (this.#worker = undefined));
  }

  async #work(): Promise<void> {
    await this.#gather();
    while (this.#pending.size > 0 && !this.#damaged) {
      this.#takeBatch();
      try {
        await this.#database.batch(() => {
          for (const [key, entry] of this.#writing) void this.#database.put(toDiskKey(key), entry);
        });
        await this.#evict();
      } catch (error) {
        this.#options.onWriteFailure(error);
      }
      this.#writing = new Map();
    }
  }

  async #gather(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gatherMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #takeBatch(): void {
    const batch = new Map<string, Buffer>();
    let room = batchPart * this.#options.maxBytes;
    for (const [key, entry] of this.#pending) {
      room -= entry.length + entryPagesBytes;
      if (batch.size === mostBatchEntries || (room < 0 && batch.size > 0)) break;
      batch.set(key, entry);
      this.#pending.delete(key);
    }
    this.#writing = batch;
    let bytes = 0;
    for (const entry of this.#pending.values()) bytes += entry.length;
    this.#pendingBytes = bytes;
  }

  /**
   * Keys are hashes, so neighbours in the file are a random sample of it: of some, those that were longest out of use go.
   * That is nearly what an exact order of use would give, and nothing has to be written when an entry is read.
   */
  async #evict(): Promise<void> {
    const { maxBytes } = this.#options;
    let usage = readUsage(this.#database);
    const isTight = usage.fileBytes > (1 - 2 * batchPart) * maxBytes;
    if (usage.bytes <= (isTight ? tightPart : fullPart) * maxBytes) return;
    const target = (isTight ? tightPart : evictToPart) * maxBytes;
    while (usage.bytes > target && usage.entries > 0 && !this.#damaged) {
      const tooMany = ((usage.bytes - target) / usage.bytes) * usage.entries;
      const wanted = Math.min(this.#removedAtOnce, Math.ceil(tooMany));
      const keys = new Map<string, Buffer>();
      for (let round = 0; keys.size < wanted && round < mostBatchEntries; round++) {
        for (const key of this.#sample()) keys.set(key.toString("latin1"), key);
      }
      if (keys.size === 0) return;
      await this.#database.batch(() => {
        for (const key of keys.values()) void this.#database.remove(key);
      });
      this.#evictions += keys.size;
      usage = readUsage(this.#database);
    }
  }

  #sample(): Buffer[] {
    const range = this.#database.getRange({ start: randomBytes(diskKeyBytes), limit: sampleEntries });
    return Array.from(range, ({ key, value }) => ({ key: Buffer.from(key), usedAt: lastUseOf(value) }))
      .filter(({ key }) => key.length === diskKeyBytes)
      .toSorted((a, b) => a.usedAt - b.usedAt)
      .slice(0, sampleEvicted)
      .map(({ key }) => key);
  }
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
