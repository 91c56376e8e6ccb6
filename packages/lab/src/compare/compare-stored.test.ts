import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import { startRun } from "../run/start-run.ts";
import { compareStored, type StoredCompareRequest } from "./compare-stored.ts";
import { startTimedServer, toSide } from "./fixtures/compare-parts.ts";
import type { CompareRecord } from "./compare-record.ts";

describe("compareStored", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-compare-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function store(takesMs: number, requests: number): Promise<string> {
    await using server = await startTimedServer(takesMs);
    const { run } = toSide("", server.url, { outDirectory: out, requests });
    return (await startRun(run)).folder;
  }

  async function compare(a: string, b: string): Promise<CompareRecord> {
    const request: StoredCompareRequest = { a, b, delta: 0.05, outDirectory: out, name: "stored" };
    const { record, folderProblem } = await compareStored(request);
    expect(folderProblem).toBeUndefined();
    const validate = new Ajv({ allErrors: true }).compile(await readStrictSchema("compare-1"));
    expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    return record;
  }

  it("decides nothing where runs are alike, and says that they are not interleaved", async () => {
    const [first, second] = [await store(5, 20), await store(5, 40)];
    const record = await compare(first, path.join(second, "run.json"));
    expect(["inconclusive", "invalid"]).toContain(record.verdict.kind);
    expect(record.plan.interleaved).toBe(false);
    expect(record.rounds).toMatchObject([{ counts: false, reason: "the two are not interleaved" }]);
    expect(record.verdict.reasons).toContain(
      "The length was not the same: 20 requests in A, 40 requests in B.",
    );
    const [primary] = record.metrics;
    expect(primary!.b! / primary!.a! - 1).toBeCloseTo(primary!.change!, 12);
    expect(record.children).toEqual([first, second].map((each) => path.join("..", path.basename(each))));
  });

  it("refuses what is no run", async () => {
    const file = path.join(out, "run.json");
    await writeFile(file, '{"schema":1,"kind":"sweep"}');
    await expect(compare(out, out)).rejects.toThrow("expected the folder of a run (weir run), got");
    await writeFile(file, "{");
    await expect(compare(file, file)).rejects.toThrow("expected the folder of a run, got");
  });
});
