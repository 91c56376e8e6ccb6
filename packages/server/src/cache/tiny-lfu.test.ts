import { describe, expect, it } from "vitest";
import { none, TinyLfu } from "./tiny-lfu.ts";

/** A cache of things of one weight, by numbers; counts hits. */
function createCache(policy: { touch(key: number): void; add(key: number): number | undefined }) {
  const held = new Set<number>();
  return {
    /** Whether it was there. */
    ask(key: number): boolean {
      if (held.has(key)) {
        policy.touch(key);
        return true;
      }
      const evicted = policy.add(key);
      if (evicted !== undefined) held.delete(evicted);
      held.add(key);
      return false;
    },
    get size() {
      return held.size;
    },
  };
}

function createTinyLfu(capacity: number, keys: number) {
  const policy = new TinyLfu(capacity);
  policy.grow(keys);
  let size = 0;
  return createCache({
    touch: (key) => policy.touch(key),
    add(key) {
      const evicted = size === capacity ? policy.evict() : undefined;
      if (evicted === undefined) size++;
      policy.add(key, 1, Math.imul(key + 1, 0x2545f491) >>> 0);
      return evicted;
    },
  });
}

/** Least recently used goes. */
function createLru(capacity: number) {
  const order = new Set<number>();
  return createCache({
    touch(key) {
      order.delete(key);
      order.add(key);
    },
    add(key) {
      const [oldest] = order.size === capacity ? order : [];
      if (oldest !== undefined) order.delete(oldest);
      order.add(key);
      return oldest;
    },
  });
}

/** Popular keys are small: of ever more keys each is asked for less, as words in a language are (seeded). */
function* drawPopular(count: number, keys: number): Generator<number> {
  let state = 12_345;
  for (let drawn = 0; drawn < count; drawn++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield Math.floor(keys ** (state / 2 ** 32)) - 1;
  }
}

const capacity = 500;

describe("which entry goes", () => {
  it("is none that is popular when a long list goes by once", () => {
    const popular = Array.from({ length: capacity / 2 }, (_, key) => key);
    const rates = [createTinyLfu(capacity, 20_000), createLru(capacity)].map((cache) => {
      for (let round = 0; round < 5; round++) for (const key of popular) cache.ask(key);
      for (let key = 1_000; key < 4_000; key++) cache.ask(key);
      expect(cache.size).toBe(capacity);
      return popular.filter((key) => cache.ask(key)).length / popular.length;
    });
    expect(rates[0]).toBeGreaterThan(0.9);
    expect(rates[1]).toBe(0);
  });

  it("is not each before its turn, where a list longer than the cache is asked for again and again", () => {
    const rates = [createTinyLfu(capacity, 2 * capacity), createLru(capacity)].map((cache) => {
      let hits = 0;
      for (let round = 0; round < 20; round++)
        for (let key = 0; key < 2 * capacity; key++) if (cache.ask(key) && round >= 10) hits++;
      return hits / (10 * 2 * capacity);
    });
    // Half of the list fits.
    expect(rates[0]).toBeGreaterThan(0.35);
    expect(rates[1]).toBe(0);
  });

  it("leaves more hits than least recently used, where popularity is what is usual", () => {
    const keys = 20_000;
    const rates = [createTinyLfu(capacity, keys), createLru(capacity)].map((cache) => {
      let hits = 0;
      for (const key of drawPopular(100_000, keys)) if (cache.ask(key)) hits++;
      return hits / 100_000;
    });
    expect(rates[0]).toBeGreaterThan(rates[1]!);
  });

  it("follows when other things become popular", () => {
    const cache = createTinyLfu(capacity, 20_000);
    for (let round = 0; round < 50; round++) for (let key = 0; key < 400; key++) cache.ask(key);
    let hits = 0;
    for (let round = 0; round < 60; round++)
      for (let key = 1_000; key < 1_400; key++) if (cache.ask(key) && round >= 50) hits++;
    expect(hits).toBeGreaterThan(0.9 * 10 * 400);
  });

  it("is none where there is none", () => {
    const policy = new TinyLfu(10);
    policy.grow(4);
    expect(policy.evict()).toBe(none);
    policy.add(2, 5, 77);
    policy.touch(2);
    expect(policy.evict()).toBe(2);
    expect(policy.evict()).toBe(none);
  });
});
