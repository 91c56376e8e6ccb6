import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTruncated, missing, RamStore, tokensOf, toNote } from "./ram-store.ts";

const keyOf = (index: number): string => createHash("sha256").update(String(index)).digest("binary");
const vectorOf = (index: number, floats: number): Float32Array =>
  Float32Array.from({ length: floats }, (_, at) => index + at / 3);
/** Lengths of vectors: less than a cell, whole cells, and what leaves one half empty. */
const lengthOf = (index: number): number => [3, 64, 384, 100, 1_000][index % 5]!;

/** It is not there, or as it was written: the vector, what is kept beside it, and nothing else touched. */
function expectRight(store: RamStore, index: number, wasWritten: boolean): void {
  const floats = lengthOf(index);
  const target = new Float32Array(floats + 2);
  const note = store.read(keyOf(index), target, 1, floats);
  const wanted = new Float32Array(floats + 2);
  if (note !== missing) wanted.set(vectorOf(index, floats), 1);
  // As bytes: this is done some ten thousand times.
  expect(Buffer.from(target.buffer).equals(Buffer.from(wanted.buffer))).toBe(true);
  expect(note === missing || wasWritten).toBe(true);
  expect(note === missing ? index : tokensOf(note)).toBe(index);
  expect(note === missing ? index % 2 === 0 : isTruncated(note)).toBe(index % 2 === 0);
}

describe("vectors in memory", () => {
  it("are what was written, and never more than the bound has room for", () => {
    const step = fc.record({
      index: fc.nat(3_000),
      kind: fc.constantFrom("write", "write", "read", "clear-seldom"),
      seldom: fc.nat(200),
    });
    const property = fc.property(
      fc.integer({ min: 1_000_000, max: 2_500_000 }),
      fc.array(step, { minLength: 500, maxLength: 4_000 }),
      (maxBytes, steps) => {
        const store = new RamStore(maxBytes);
        const written = new Set<number>();
        for (const { index, kind, seldom } of steps) {
          const floats = lengthOf(index);
          if (kind === "write") {
            store.write(keyOf(index), vectorOf(index, floats), 0, floats, toNote(index, index % 2 === 0));
            written.add(index);
          } else if (kind === "clear-seldom" && seldom === 0) {
            store.clear();
            written.clear();
          } else {
            expectRight(store, index, written.has(index));
          }
          expect(store.bytes).toBeLessThanOrEqual(maxBytes);
          expect(store.entries).toBeLessThanOrEqual(written.size);
        }
      },
    );
    fc.assert(property, { numRuns: 8 });
  });

  it("are kept all as long as there is room, and use most of the room there is", () => {
    const maxBytes = 8e6;
    const store = new RamStore(maxBytes);
    const vector = new Float32Array(384);
    let index = 0;
    while (store.evictions === 0) store.write(keyOf(index++), vector, 0, 384, 1);
    expect(store.entries).toBe(index - 1);
    expect(store.entries * 384 * 4).toBeGreaterThan(0.8 * maxBytes);
    // What leaves has room for what comes, of any length.
    for (let more = 0; more < 2_000; more++)
      store.write(keyOf(-1 - more), new Float32Array(lengthOf(more)), 0, lengthOf(more), 1);
    expect(store.bytes).toBeLessThanOrEqual(maxBytes);
    expect(store.bytes).toBeGreaterThan(0.9 * maxBytes);
  });

  it("are not given for another length, and one that is too long for the bound is left out", () => {
    const store = new RamStore(1e6);
    store.write(keyOf(1), new Float32Array(384), 0, 384, 1);
    expect(store.read(keyOf(1), new Float32Array(256), 0, 256)).toBe(missing);
    store.write(keyOf(2), new Float32Array(500_000), 0, 500_000, 1);
    expect(store.entries).toBe(1);
  });
});
