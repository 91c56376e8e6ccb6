import { describe, expect, it } from "vitest";
import {
  createSchedule,
  type ClosedLoopSchedule,
  type PacedSchedule,
  type ScheduleSegment,
} from "./schedule.ts";
import { userChanges, type UserChange } from "./user-changes.ts";

const segments: readonly ScheduleSegment[] = [
  { kind: "users", from: 10, to: 100, durationMs: 30_000 },
  { kind: "users", from: 100, to: 100, durationMs: 5000 },
  { kind: "users", from: 100, to: 40, durationMs: 6000 },
  { kind: "users", from: 12, to: 12, durationMs: null },
];
const closed = createSchedule({ seed: 1, segments }) as ClosedLoopSchedule;
const presentAt = (changes: readonly UserChange[], ms: number): number =>
  changes
    .filter((change) => change.atMs <= ms)
    .reduce((sum, { kind }) => sum + (kind === "join" ? 1 : -1), 0);

describe("userChanges", () => {
  const changes = [...userChanges(closed)];

  it("follows ramps and steps", () => {
    expect([0, 15_000, 30_000, 35_000, 38_000, 40_999, 41_000].map((ms) => presentAt(changes, ms))).toEqual([
      10, 55, 100, 99, 69, 40, 12,
    ]);
    expect(changes.map((change) => change.atMs)).toEqual(
      changes.map((change) => change.atMs).toSorted((a, b) => a - b),
    );
  });

  it("never lets somebody in twice, or out who is not there", () => {
    const present = new Set<number>();
    for (const { kind, user } of changes) {
      expect(present.has(user)).toBe(kind === "leave");
      if (kind === "join") present.add(user);
      else present.delete(user);
    }
    expect([...present].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, user) => user));
  });

  it.each([1, 2, 7])("deals users in turn: %i workers have what one has", (workers) => {
    const shares = Array.from({ length: workers }, (_, worker) => [
      ...userChanges(closed, { worker, workers }),
    ]);
    expect(shares.flat().toSorted((a, b) => a.atMs - b.atMs || order(a) - order(b))).toEqual(
      changes.toSorted((a, b) => a.atMs - b.atMs || order(a) - order(b)),
    );
    const sizes = shares.map((share) => presentAt(share, 30_000));
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  it.each([1, 2, 7])(
    "spreads paced users who come together evenly over one pace, in %i workers too",
    (workers) => {
      const paced = createSchedule({
        seed: 1,
        segments: [{ kind: "users", from: 28, to: 28, durationMs: null }],
        pace: { everyMs: 2800, overrun: "slip" },
      }) as PacedSchedule;
      for (let worker = 0; worker < workers; worker += 1) {
        const due = [...userChanges(paced, { worker, workers })].map((change) =>
          change.kind === "join" ? change.firstDueMs : Number.NaN,
        );
        expect(due).toEqual(
          Array.from({ length: 28 / workers }, (_, index) => (worker + index * workers) * 100),
        );
      }
    },
  );

  it("lets everybody go at the end of a schedule that has one", () => {
    const schedule = createSchedule({ seed: 1, segments: segments.slice(0, 2) }) as ClosedLoopSchedule;
    const all = [...userChanges(schedule)];
    expect(presentAt(all, 34_999)).toBe(100);
    expect(presentAt(all, 35_000)).toBe(0);
  });
});

function order({ user, kind }: UserChange): number {
  return user * 2 + (kind === "leave" ? 1 : 0);
}
