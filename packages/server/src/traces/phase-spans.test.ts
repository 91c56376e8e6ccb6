import { describe, expect, it } from "vitest";
import { createRequestReport } from "../http/request-report.ts";
import { toPhaseSpans } from "./phase-spans.ts";

describe("phase spans", () => {
  it("follow each other, with encode at the end", () => {
    const report = { ...createRequestReport(), queueMs: 10, tokenizeMs: 5, inferMs: 30, encodeMs: 2 };
    expect(toPhaseSpans(report, 1_000, 1_060)).toEqual([
      { name: "queue", startMs: 1_000, endMs: 1_010, measuredMs: 10 },
      { name: "tokenize", startMs: 1_010, endMs: 1_015, measuredMs: 5 },
      { name: "infer", startMs: 1_015, endMs: 1_045, measuredMs: 30 },
      { name: "encode", startMs: 1_058, endMs: 1_060, measuredMs: 2 },
    ]);
  });

  it("stay within the request where batches ran beside each other", () => {
    const report = { ...createRequestReport(), queueMs: 1, inferMs: 500, encodeMs: 1 };
    const [, infer] = toPhaseSpans(report, 0, 100);
    expect(infer).toEqual({ name: "infer", startMs: 1, endMs: 99, measuredMs: 500 });
  });

  it("are those that were reached", () => {
    expect(toPhaseSpans({ ...createRequestReport(), queueMs: 3 }, 0, 3).map(({ name }) => name)).toEqual([
      "queue",
    ]);
    expect(toPhaseSpans(createRequestReport(), 0, 3)).toEqual([]);
  });
});
