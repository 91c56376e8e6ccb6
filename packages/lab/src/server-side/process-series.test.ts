import { describe, expect, it } from "vitest";
import type { ProcessReading } from "../platform/process-files.ts";
import { summariseProcesses, toProcessRows } from "./process-series.ts";
import { ThinnedList } from "./thinned-list.ts";
import { TreeTotals, type TreeReading } from "./tree-totals.ts";

const processOf = (pid: number, cpuMs: number, changes: Partial<ProcessReading> = {}): ProcessReading => ({
  pid,
  name: "server",
  startedAt: pid * 10,
  cpuMs,
  rssBytes: 100,
  threads: 2,
  openFiles: 5,
  diskReadBytes: 0,
  diskWrittenBytes: 0,
  ...changes,
});

describe("TreeTotals", () => {
  it("counts from the first reading, keeps what ended processes used, and all that new ones did", () => {
    const totals = new TreeTotals();
    expect(totals.add(0, [processOf(1, 500), processOf(2, 300)])).toMatchObject({ cpuMs: 0, rssBytes: 200 });
    expect(totals.add(1000, [processOf(1, 600), processOf(2, 340)])).toMatchObject({
      cpuMs: 140,
      processes: 2,
    });
    // 2 has ended, 3 is new.
    expect(totals.add(2000, [processOf(1, 600), processOf(3, 50)])).toMatchObject({ cpuMs: 190, threads: 4 });
    // The number of 3 came to another process.
    const other = processOf(3, 20, { startedAt: 1 });
    expect(totals.add(3000, [processOf(1, 610), other])).toMatchObject({ cpuMs: 220 });
  });

  it("says nothing of files and disks where it is not told of every process", () => {
    const hidden = processOf(2, 0, { openFiles: null, diskReadBytes: null, diskWrittenBytes: null });
    expect(new TreeTotals().add(0, [processOf(1, 0), hidden])).toMatchObject({
      openFiles: null,
      diskReadBytes: null,
      diskWrittenBytes: null,
    });
  });
});

const readingAt = (atMs: number, cpuMs: number, changes: Partial<TreeReading> = {}): TreeReading => ({
  atMs,
  cpuMs,
  processes: 1,
  rssBytes: 100,
  threads: 4,
  openFiles: 10,
  diskReadBytes: atMs + 500,
  diskWrittenBytes: null,
  ...changes,
});

describe("a server's processes over a run", () => {
  // One of two processors until 2.5 s, then both; looked at half a second off the slices.
  const readings = [
    readingAt(-500, 0),
    readingAt(500, 1000),
    readingAt(1500, 2000, { rssBytes: 300 }),
    readingAt(2500, 3000, { rssBytes: 200, threads: 6 }),
    readingAt(3500, 5000, { rssBytes: 150 }),
  ];

  it("are cut into the seconds of the slices", () => {
    const rows = toProcessRows(readings, 3200, 1000);
    expect(rows.map(({ startMs }) => startMs)).toEqual([0, 1000, 2000, 3000]);
    expect(rows.map(({ cpuCores }) => cpuCores)).toEqual([1, 1, 1.5, 2]);
    expect(rows.map(({ rssBytes }) => rssBytes)).toEqual([100, 300, 200, 200]);
    expect(rows[1]).toMatchObject({ diskReadBytes: 1000, diskWrittenBytes: null, openFiles: 10 });
    expect(toProcessRows(readings.slice(0, 1), 3200, 1000)).toEqual([]);
  });

  it("are summed up over the window, and no further", () => {
    expect(summariseProcesses(readings, { startMs: 1500, endMs: 3500 })).toEqual({
      count: 1,
      rssBytes: { first: 300, max: 300, last: 150 },
      cpuCores: 1.5,
      threads: { max: 6 },
      openFiles: { max: 10 },
      diskReadBytes: 2000,
      diskWrittenBytes: null,
    });
    // What was not seen any more, as the server had ended, is not made up.
    expect(summariseProcesses(readings, { startMs: 2500, endMs: 60_000 })?.cpuCores).toBe(2);
    expect(summariseProcesses([], { startMs: 0, endMs: 1 })).toBeUndefined();
  });
});

describe("ThinnedList", () => {
  it("spans all that came with no more than it may hold, at equal distances", () => {
    const list = new ThinnedList<number>(8);
    for (let item = 0; item < 100; item += 1) list.add(item);
    expect(list.items).toEqual([0, 16, 32, 48, 64, 80, 96]);
    list.add(100, true);
    expect(list.items.at(-1)).toBe(100);
  });
});
