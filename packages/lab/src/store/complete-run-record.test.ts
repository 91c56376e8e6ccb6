import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { JsonSchema } from "../schema/json-schema.ts";
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

it("leaves what a record says as it is", async () => {
  const record = await read("run-1");
  expect(completeRunRecord(record)).toMatchObject(record);
});

// Fields that only some variants of an object have, or that are left out where there is nothing to say.
const optional = /censored$|^\.summary\.end\./;

it("has every field of the schema, whenever it was added", async () => {
  const url = new URL("../../schema/run-1.json", import.meta.url);
  const root = JSON.parse(await readFile(url, "utf8")) as JsonSchema;
  const oldest = await read("run-1-oldest");
  const server = { process: null, series: null, notes: [] };
  for (const record of [oldest, { ...oldest, server }])
    expect(
      missingFields(completeRunRecord(record), root, root).filter((path) => !optional.test(path)),
    ).toEqual([]);
  expect(missingFields(oldest, root, root)).toContain(".summary.warnings");
});

function missingFields(value: unknown, schema: JsonSchema, root: JsonSchema, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  const variants = (schema.anyOf ?? schema.oneOf)?.filter(({ type }) => type !== "null");
  if (schema.$ref !== undefined)
    return missingFields(value, root.definitions![schema.$ref.slice("#/definitions/".length)]!, root, path);
  if (variants?.length === 1) return missingFields(value, variants[0]!, root, path);
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    name in value
      ? missingFields((value as Record<string, unknown>)[name], inner, root, `${path}.${name}`)
      : [`${path}.${name}`],
  );
}

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
