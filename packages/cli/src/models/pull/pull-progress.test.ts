import { expect, it } from "vitest";
import { createPaint } from "../../console/paint.ts";
import { createTestContext } from "../../fixtures/test-context.ts";
import { createPullProgress } from "./pull-progress.ts";

const file = { path: "onnx/model.onnx", bytes: 90_000_000, digest: undefined };
const plan = {
  repository: "org/model",
  revision: "main",
  commit: "0123456789abcdef0123456789abcdef01234567",
  weights: { file, precision: "fp32" },
  files: 7,
  bytes: 91_000_000,
} as const;

function download(terminal: boolean): string {
  const { context, written } = createTestContext({ terminal });
  let nowMs = 0;
  const progress = createPullProgress(
    context.stderr,
    createPaint(context.stderr, { NO_COLOR: "1" }),
    () => nowMs,
  );
  progress.onPlan(plan);
  progress.onBytes("onnx/model.onnx", 40_000_000, 0);
  for (let step = 1; step <= 20; step++) {
    nowMs = step * 100;
    progress.onBytes("onnx/model.onnx", 40_000_000 + step * 1_000_000, 1_000_000);
  }
  progress.onRetry("onnx/model.onnx: the connection broke off. Trying again.");
  expect(progress.received()).toEqual({ bytes: 20_000_000, durationMs: 2_000 });
  progress.end();
  return written.stderr;
}

it("shows bytes, rate and time left on a terminal, and what was there before counts for no rate", () => {
  const [last] = download(true).split("\u001B[2K").slice(-1);
  expect(last).toContain(" 65 %  60.0 MB of 91.0 MB  10.0 MB/s  4 s left");
  expect(last).toMatch(/Trying again\.\n$/);
});

it("is quiet elsewhere", () => {
  expect(download(false)).toBe(
    "pulling org/model at main (0123456789ab): onnx/model.onnx (fp32) and 6 other files, 91.0 MB\n" +
      "onnx/model.onnx: the connection broke off. Trying again.\n",
  );
});
