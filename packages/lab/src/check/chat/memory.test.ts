import { describe, expect, it } from "vitest";
import { summariseMemory, sumMemory } from "./memory.ts";

describe("summariseMemory", () => {
  it("compares the first and the last tenth of the window, and no single moment", () => {
    const readings = Array.from({ length: 120 }, (_, index) => ({
      atMs: index * 1000,
      // Warm-up grows; one moment in the window is far out.
      bytes: index < 20 ? index : index === 119 ? 9000 : 100 + index,
    }));
    const change = summariseMemory(readings, { startMs: 20_000, endMs: 119_000 });
    expect(change).toEqual({ firstBytes: 124.5, lastBytes: 214.5, mostBytes: 9000 });
  });

  it("says nothing of a few readings", () => {
    const readings = [1, 2, 3].map((bytes) => ({ atMs: bytes, bytes }));
    expect(summariseMemory(readings, { startMs: 0, endMs: 10 })).toBeUndefined();
  });
});

describe("sumMemory", () => {
  it("adds the process and those in which models compute, and nothing else", () => {
    const text = [
      "# TYPE process_resident_memory_bytes gauge",
      "process_resident_memory_bytes 1.5e8",
      'weir_replica_resident_bytes{model="a",replica="0"} 300000000',
      'weir_replica_resident_bytes{model="a",replica="1"} 200000000',
      "process_virtual_memory_bytes 9e9",
    ].join("\n");
    expect(sumMemory(text)).toBe(650_000_000);
    expect(sumMemory("up 1\n")).toBeUndefined();
  });
});
