/**
 * What of an lmdb database is used here. Stands in for lmdb's own types, which a program that checks the types of all its
 * packages could not have among them.
 */
export interface DiskDatabase {
  /** A copy of what is under a key. */
  getBinary(key: Buffer): Buffer | undefined;
  /** What is under a key, until the next read. */
  getBinaryFast(key: Buffer): Buffer | undefined;
  getKeys(range: { readonly snapshot: boolean }): Iterable<Buffer>;
  getRange(range: {
    readonly start: Buffer;
    readonly limit: number;
  }): Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
  /** Has another thread touch the pages that keys and values are in. */
  prefetch(keys: Buffer[]): Promise<void>;
  put(key: Buffer, value: Buffer): Promise<boolean>;
  putSync(key: Buffer, value: Buffer): void;
  remove(key: Buffer): Promise<boolean>;
  /** One transaction for everything that `write` does. Resolves when it is committed. */
  batch(write: () => void): Promise<boolean>;
  getStats(): object;
  close(): Promise<void>;
}
