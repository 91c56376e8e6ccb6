import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import { startRun } from "../run/start-run.ts";
import { createBuiltInTexts } from "../texts/built-in-texts.ts";
import { quoteCalibration, type Calibration, type CalibrationLevel } from "./calibration.ts";
import { describeThisMachine, readCalibration } from "./calibration-file.ts";
import { startCalibration, type CalibrateRequest } from "./start-calibration.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ask = (change: Partial<CalibrateRequest> = {}): CalibrateRequest => ({
  users: [2],
  chunksPerSecond: 200,
  durationMs: 600,
  outDirectory: join(folder, "runs"),
  name: undefined,
  file: join(folder, "cache", "calibration.json"),
  ...change,
});

const level = (
  users: number,
  p95: number | null,
  change: Partial<CalibrationLevel> = {},
): CalibrationLevel => {
  const errors = { n: 100, p50: 0, p95, p99: null, max: 9 };
  return {
    users,
    chunksPerSecond: users * 40,
    ttftErrorMs: errors,
    chunkGapErrorMs: errors,
    responseErrorMs: errors,
    mockErrorMs: { ttft: 0, response: 0 },
    valid: true,
    reasons: [],
    ...change,
  };
};
const kept: Calibration = {
  schema: 1,
  measuredAt: "2026-01-01T00:00:00.000Z",
  machine: describeThisMachine(),
  levels: [
    level(1, null),
    level(10, 1),
    level(100, 4),
    level(1000, 50, { valid: false, reasons: ["too slow"] }),
  ],
};

it.each([
  [{ users: 1, chunksPerSecond: 0 }, 1, 9, true],
  [{ users: 2, chunksPerSecond: 0 }, 10, 1, true],
  // Few users with many chunks are as hard as many with few.
  [{ users: 2, chunksPerSecond: 500 }, 100, 4, true],
  [{ users: 500, chunksPerSecond: 0 }, 100, 4, false],
])("of a run with %j the next level above is quoted", (load, users, error, covers) => {
  expect(quoteCalibration(kept, load)).toMatchObject({ users, ttftErrorMs: error, covers });
});

it("quotes nothing where nothing could be believed", () => {
  expect(quoteCalibration({ ...kept, levels: kept.levels.slice(3) }, { users: 1, chunksPerSecond: 0 })).toBe(
    undefined,
  );
});

it("holds on the machine where it was measured, and a damaged file is none", async () => {
  const file = join(folder, "calibration.json");
  expect(await readCalibration(file)).toBe(undefined);
  await writeFile(file, JSON.stringify(kept));
  expect(await readCalibration(file)).toEqual(kept);
  await writeFile(
    file,
    JSON.stringify({ ...kept, machine: { ...kept.machine, cores: kept.machine.cores + 1 } }),
  );
  expect(await readCalibration(file)).toBe(undefined);
  await writeFile(file, JSON.stringify(kept).slice(0, 100));
  expect(await readCalibration(file)).toBe(undefined);
});

it("measures, keeps what it measured, and a later run quotes it", { timeout: 60_000 }, async () => {
  const finished = await startCalibration(ask());
  const { record } = finished;
  expect([record.levels.length, record.children.length, finished.folderProblem]).toEqual([1, 2, undefined]);
  const [first] = record.levels;
  // Nothing comes before it is due, but for the rounding of the histogram (0.4 %).
  expect(first!.ttftErrorMs.p50).toBeGreaterThan(-1);
  expect(first!.responseErrorMs.n).toBeGreaterThan(0);
  expect(first!.chunksPerSecond).toBeGreaterThan(0);
  const written = JSON.parse(await readFile(join(finished.folder, "run.json"), "utf8")) as unknown;
  expect(written).toEqual(JSON.parse(JSON.stringify(record)));
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
    await readStrictSchema("calibrate-1"),
  );
  expect([validate(written), validate.errors]).toEqual([true, null]);

  const calibration = await readCalibration(ask().file);
  expect(calibration?.levels).toEqual(first!.valid ? record.levels : undefined);
  const { record: run } = await startRun({
    url: "http://127.0.0.1:1",
    users: 1,
    workload: {
      kind: "embeddings",
      dialect: "openai",
      model: "none",
      texts: createBuiltInTexts({ characters: 50 }),
      batch: 1,
      cache: "warm",
    },
    seed: 1,
    durationMs: 100,
    requests: undefined,
    warmupMs: 0,
    limits: [],
    headers: {},
    timeoutMs: 1000,
    outDirectory: folder,
    name: undefined,
    calibration,
  });
  const quoted = first!.valid ? { users: 2, covers: true } : {};
  expect(run.generator.calibration ?? {}).toMatchObject(quoted);
});

it("leaves its record where it is interrupted", async () => {
  const controller = new AbortController();
  const finished = await startCalibration(ask({ users: [1, 2], durationMs: 60_000 }), {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  expect([finished.exitCode, finished.record.verdict.kind]).toEqual([130, "interrupted"]);
  expect(finished.record.keptIn).toBe(null);
  expect(JSON.parse(await readFile(join(finished.folder, "run.json"), "utf8"))).toMatchObject({
    kind: "calibrate",
  });
});

it("says where it cannot be kept", { timeout: 60_000 }, async () => {
  await writeFile(join(folder, "cache"), "a file, no folder");
  const { record, folderProblem } = await startCalibration(ask());
  expect(record.keptIn).toBe(null);
  // What cannot be believed is not to be kept.
  expect(folderProblem !== undefined).toBe(record.levels[0]!.valid);
  expect(folderProblem ?? "EEXIST").toMatch(/EEXIST|ENOTDIR/);
});
