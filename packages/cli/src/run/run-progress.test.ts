import type { LoadProgress } from "@weir/load";
import { describe, expect, it } from "vitest";
import type { TextOutput } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { createRunProgress } from "./run-progress.ts";

const none = { p50Ms: null, p95Ms: null, p99Ms: null };

function progressAt(phase: LoadProgress["phase"], elapsedMs: number): LoadProgress {
  return {
    phase,
    elapsedMs,
    fraction: 0,
    remainingMs: undefined,
    unit: "requests",
    completed: 0,
    failed: 0,
    inFlight: 0,
    waiting: 0,
    users: 1,
    recent: {
      offeredPerSecond: null,
      sentPerSecond: null,
      requestsPerSecond: null,
      unitsPerSecond: null,
      failuresPerSecond: null,
      ...none,
    },
    overall: none,
    ttft: null,
    failures: {},
    generator: { delayP99Ms: 0, busy: 1 },
  };
}

describe("createRunProgress", () => {
  it("judges the generator when a phase has gone on for a second", () => {
    let written = "";
    const output: TextOutput = {
      isTTY: true,
      columns: 100,
      write: (text: string) => {
        written = text;
        return true;
      },
    };
    const progress = createRunProgress(output, createPaint(output, { FORCE_COLOR: "1" }));
    const isRed = (phase: LoadProgress["phase"], elapsedMs: number): boolean => {
      progress.show(progressAt(phase, elapsedMs));
      expect(written).toContain("busy 100 %");
      return written.includes("\u001B[31mlate by");
    };
    expect(isRed("warm-up", 200)).toBe(false);
    expect(isRed("warm-up", 1200)).toBe(true);
    expect(isRed("measuring", 1400)).toBe(false);
    expect(isRed("measuring", 2300)).toBe(false);
    expect(isRed("measuring", 2400)).toBe(true);
  });
});
