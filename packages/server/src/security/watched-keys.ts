import { unwatchFile, watchFile } from "node:fs";
import { readKeysFile } from "./keys-file.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";

export interface WatchedKeys extends KeyRing, Disposable {}

export interface WatchKeysOptions {
  /** How often the file is looked at, in milliseconds: how long a revoked key may go on working. @default 1000 */
  readonly intervalMs?: number;
  /** Called when the file changed and cannot be used; the keys before go on working. */
  readonly onProblem?: (error: unknown) => void;
}

/** The keys of a file, read again whenever it changes. Throws USAGE where the first reading fails. */
export async function openKeys(path: string, options: WatchKeysOptions = {}): Promise<WatchedKeys> {
  let ring = createKeyRing(await readKeysFile(path));
  let readings = 0;

  async function reload(): Promise<void> {
    const reading = ++readings;
    try {
      const read = createKeyRing(await readKeysFile(path));
      // A slow reading of an older file must not undo a newer one.
      if (reading === readings) ring = read;
    } catch (error) {
      options.onProblem?.(error);
    }
  }

  // Polls: a watch by notification follows the file's inode, and the file is replaced when keys change.
  const onChange = (): void => void reload();
  watchFile(path, { interval: options.intervalMs ?? 1_000, persistent: false }, onChange);
  return {
    find: (key, nowMs) => ring.find(key, nowMs),
    [Symbol.dispose]: () => {
      readings++;
      unwatchFile(path, onChange);
    },
  };
}
