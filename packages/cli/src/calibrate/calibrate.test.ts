import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { runMain } from "../main.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("prints the error of each level, keeps it, and runs quote it", { timeout: 60_000 }, async () => {
  const env = { WEIR_CACHE_DIR: join(folder, "cache") };
  const out = join(folder, "runs");
  const { context, written } = createTestContext({ env });
  const code = await runMain(
    ["calibrate", "--users", "2,1", "--chunk-rate", "100/s", "--duration", "500ms", "--out", out, "--json"],
    context,
  );
  const record = JSON.parse(written.stdout) as {
    plan: unknown;
    keptIn: string | null;
    verdict: { kind: string };
  };
  expect(record.plan).toEqual({ users: [1, 2], chunksPerSecond: 100, durationMs: 500 });
  // On a machine that is busy with other things a level may not be believed; that is said, and has its own exit code.
  expect([code, record.verdict.kind]).toEqual(code === 5 ? [5, "invalid"] : [0, "pass"]);
  expect(written.stderr).toMatch(/at 1 user TTFT is off by .* a response by|Not to be believed/);

  const later = createTestContext({ env });
  await runMain(
    ["run", "http://127.0.0.1:1/", "--users", "1", "--requests", "1", "--out", out, "--json"],
    later.context,
  );
  const quoted = record.keptIn === null ? null : { covers: true };
  expect(JSON.parse(later.written.stdout)).toMatchObject({ generator: { calibration: quoted } });
});

it.each([
  [["--users", "0"], "--users: expected whole numbers from 1 to 10,000"],
  [["--users", "1,x"], 'got "1,x"'],
  [["--chunk-rate", "fast"], "--chunk-rate: expected a rate of at most 1000/s"],
  [["--duration", "1ms"], "--duration"],
])("%j is refused", async (flags, message) => {
  const { context, written } = createTestContext();
  expect(await runMain(["calibrate", ...flags], context)).toBe(2);
  expect(written.stderr).toContain(message);
});
