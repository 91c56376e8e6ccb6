import { expect, it } from "vitest";
import { toRunTable } from "../record/to-run-table.ts";
import { completeRunRecord } from "./complete-run-record.ts";
import { readFixture } from "./fixtures/make-runs.ts";
import { parseRecord, type StoredRecord } from "./parse-record.ts";

async function read(name: "run-1" | "run-1-oldest"): Promise<StoredRecord> {
  const parsed = parseRecord(await readFixture(name));
  if (parsed.kind === "unreadable") throw new Error(parsed.reason);
  return parsed.record;
}

function pathsOf(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [at];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, `${at}.${name}`));
}

it("leaves a record of today as it is", async () => {
  const record = await read("run-1");
  expect(completeRunRecord(record)).toEqual(record);
});

it("gives a record of the first version every field of today, and keeps its figures", async () => {
  const completed = completeRunRecord(await read("run-1-oldest"))!;
  const today = await read("run-1");
  const unset = pathsOf(today).filter((path) => !pathsOf(completed).includes(path));
  // What was not recorded is null as a whole, not filled with zeros.
  expect(
    unset.filter(
      (path) => !/censored|^\.summary\.(samples|tokens|cutOffs|firstToolCallMs|ttftFromDueMs)/.test(path),
    ),
  ).toEqual([]);
  expect(toRunTable([completed]).rows[0]!.cells.slice(4, 8)).toEqual([8, 8, 0, 0]);
  expect(completed.verdict).toEqual(today.verdict);
});

it("is only for runs", async () => {
  expect(completeRunRecord({ ...(await read("run-1")), kind: "sweep" })).toBeUndefined();
});
