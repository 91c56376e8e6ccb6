import type { CheckRecord, FinishedCheck, RecordedCheckRow } from "@weir/lab";
import { expect, it } from "vitest";
import { createPaint } from "../console/paint.ts";
import { describeCheck } from "./describe-check.ts";

function rowOf(given: Partial<RecordedCheckRow>): RecordedCheckRow {
  return {
    key: "a",
    metric: "a",
    value: 1,
    values: [1],
    unit: "ms",
    measured: "1 ms",
    limit: null,
    status: "info",
    better: "less",
    advice: null,
    baseline: null,
    ...given,
  };
}

const rows = [
  rowOf({ key: "p50", metric: "office hours: response.p50", measured: "802 ms (790 ms to 814 ms in 3)" }),
  rowOf({
    key: "p95",
    metric: "office hours: response.p95",
    measured: "814 ms (814 ms to 834 ms in 3)",
    limit: "< 1.5s",
    status: "pass",
    baseline: {
      values: [700],
      was: 700,
      change: 0.163,
      interval: [0.1, 0.3],
      kind: "worse",
    },
  }),
];

const finished = {
  record: {
    rows,
    baseline: null,
    verdict: { kind: "interrupted", sentence: "Interrupted: 1 limit kept.", reasons: [] },
  } as unknown as CheckRecord,
  folder: "/runs/a",
  folderProblem: undefined,
  exitCode: 130,
} satisfies FinishedCheck;

const paint = createPaint({ write: () => true }, { NO_COLOR: "1" });

it("shows rows as a table where there is room", () => {
  expect(describeCheck(finished, paint, undefined)).toEqual([
    "INTERRUPTED 1 limit kept.",
    "",
    "  metric                                            measured   limit  status  baseline       change",
    "  office hours: response.p50  802 ms (790 ms to 814 ms in 3)       -       -         -            -",
    "  office hours: response.p95  814 ms (814 ms to 834 ms in 3)  < 1.5s    pass    700 ms  +16 % worse",
    "",
    "  folder  /runs/a",
  ]);
});

it("cuts nothing off where there is none", () => {
  expect(describeCheck(finished, paint, 60)).toEqual([
    "INTERRUPTED 1 limit kept.",
    "",
    "  -     office hours: response.p50: 802 ms (790 ms to 814",
    "        ms in 3)",
    "  pass  office hours: response.p95: 814 ms (814 ms to 834",
    "        ms in 3), limit < 1.5s, baseline 700 ms, change +16",
    "        % worse",
    "",
    "  folder  /runs/a",
  ]);
});
