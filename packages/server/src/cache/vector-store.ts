import type { DiskStore } from "./disk-store.ts";
import { missing, type RamStore } from "./ram-store.ts";

/** Memory, and behind it perhaps a file. What it is asked for and has not is `missing`. */
export class VectorStore {
  readonly #ram: RamStore | undefined;
  /** Undefined while there is none: not asked for, not open yet, or given up. */
  disk: DiskStore | undefined;

  constructor(ram: RamStore | undefined) {
    this.#ram = ram;
  }

  readMemory(key: string, target: Float32Array, at: number, floats: number): number {
    return this.#ram?.read(key, target, at, floats) ?? missing;
  }

  async prefetch(keys: readonly string[]): Promise<void> {
    await this.disk?.prefetch(keys);
  }

  /** What memory did not have when it was asked: it may have come meanwhile, or be in the file. */
  readRest(key: string, target: Float32Array, at: number, floats: number): number {
    const known = this.readMemory(key, target, at, floats);
    if (known !== missing || this.disk === undefined) return known;
    const note = this.disk.read(key, target, at, floats);
    if (note !== missing) this.#ram?.write(key, target, at, floats, note);
    return note;
  }

  write(key: string, source: Float32Array, from: number, floats: number, note: number): void {
    this.#ram?.write(key, source, from, floats, note);
    this.disk?.write(key, source, from, floats, note);
  }

  async clear(): Promise<void> {
    this.#ram?.clear();
    await this.disk?.clear();
  }
}
