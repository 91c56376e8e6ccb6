import type { ChatResult } from "@weir/protocol";

export interface StoredAnswer {
  readonly result: ChatResult;
  readonly storedAtMs: number;
}

interface Entry extends StoredAnswer {
  readonly prefix: string | undefined;
  /** Of length 1. */
  readonly vector: Float32Array | undefined;
  readonly bytes: number;
}

export interface AnswerStoreOptions {
  readonly maxBytes: number;
  /** How long an answer counts; Infinity for ever. */
  readonly ttlMs: number;
  readonly nowMs: () => number;
}

/** What an entry takes beside its texts and its vector, as a guess. */
const entryBytes = 512;

/** So many vectors are compared at most: it is done between other requests, and must not keep them waiting. */
const mostAlike = 2_000;

/** Answers in memory under a budget: those that were asked for longest ago go first. */
export class AnswerStore {
  readonly #options: AnswerStoreOptions;
  // In the order of their last use.
  readonly #entries = new Map<string, Entry>();
  readonly #byPrefix = new Map<string, Set<string>>();
  #bytes = 0;
  #evictions = 0;

  constructor(options: AnswerStoreOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Answers that were dropped to make room for others. */
  get evictions(): number {
    return this.#evictions;
  }

  /** Returns how many there were. */
  clear(): number {
    const { size } = this.#entries;
    this.#entries.clear();
    this.#byPrefix.clear();
    this.#bytes = 0;
    return size;
  }

  find(key: string): StoredAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#options.nowMs() - entry.storedAtMs > this.#options.ttlMs) {
      this.#drop(key, entry);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** The answer to what was most alike among those with this prefix, where its cosine is at least `threshold`. */
  findAlike(
    prefix: string,
    vector: Float32Array,
    threshold: number,
  ): (StoredAnswer & { readonly similarity: number }) | undefined {
    let best: string | undefined;
    let similarity = threshold;
    for (const key of this.#byPrefix.get(prefix) ?? []) {
      const other = this.#entries.get(key)?.vector;
      const cosine = other === undefined ? -1 : dot(vector, other);
      if (cosine < similarity) continue;
      similarity = cosine;
      best = key;
    }
    const found = best === undefined ? undefined : this.find(best);
    return found === undefined ? undefined : { ...found, similarity: Math.min(1, similarity) };
  }

  keep(key: string, prefix: string | undefined, vector: Float32Array | undefined, result: ChatResult): void {
    const before = this.#entries.get(key);
    if (before !== undefined) this.#drop(key, before);
    const calls = result.toolCalls.reduce((sum, call) => sum + call.argumentsJson.length, 0);
    const texts = 2 * (result.text.length + result.reasoning.length + calls);
    const bytes = entryBytes + texts + (vector?.byteLength ?? 0);
    // One answer is not worth all others.
    if (bytes > this.#options.maxBytes / 2) return;
    this.#entries.set(key, { result, storedAtMs: this.#options.nowMs(), prefix, vector, bytes });
    this.#bytes += bytes;
    if (prefix !== undefined && vector !== undefined) this.#join(prefix, key);
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#options.maxBytes) break;
      this.#drop(oldest, entry);
      this.#evictions += 1;
    }
  }

  /** Where there are too many, what is oldest is found by the same request alone from then on. */
  #join(prefix: string, key: string): void {
    const together = this.#byPrefix.get(prefix);
    if (together === undefined) {
      this.#byPrefix.set(prefix, new Set([key]));
      return;
    }
    together.add(key);
    const [oldest] = together;
    if (together.size > mostAlike && oldest !== undefined) together.delete(oldest);
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    if (entry.prefix === undefined) return;
    const together = this.#byPrefix.get(entry.prefix);
    together?.delete(key);
    if (together?.size === 0) this.#byPrefix.delete(entry.prefix);
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return -1;
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}
