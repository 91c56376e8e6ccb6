import type { RecordHead, RecordKind } from "../record/record-head.ts";
import { runSchemaVersion } from "../record/run-record.ts";
import { isObject } from "./read-path.ts";

/** The run.json of any kind, of this version of Weir or an older one: what is below its head may lack later fields. */
export type StoredRecord = Omit<RecordHead<RecordKind, string>, "kind" | "environment"> & {
  /** One of {@link RecordKind}, or a kind of a later version. */
  readonly kind: string;
  readonly [field: string]: unknown;
};

export type ParsedRecord =
  | { readonly kind: "record"; readonly record: StoredRecord }
  | { readonly kind: "unreadable"; readonly reason: string };

/**
 * Reads the text of a run.json. Whatever is no record of a schema that this version knows is given back with the reason;
 * fields that it does not know are kept.
 */
export function parseRecord(text: string): ParsedRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const cut = text.trim() === "" ? "run.json is empty" : `run.json is no JSON: ${messageOf(error)}`;
    return unreadable(cut);
  }
  if (!isObject(value)) return unreadable("run.json is not Weir's: expected a JSON object");
  const { schema, kind, id } = value;
  if (typeof schema === "number" && schema > runSchemaVersion)
    return unreadable(
      `run.json has schema ${schema}, and this version of Weir reads up to ${runSchemaVersion}: update weir`,
    );
  if (schema !== runSchemaVersion || typeof kind !== "string" || typeof id !== "string")
    return unreadable('run.json is not Weir\'s: expected "schema", "kind" and "id"');
  const { name, children, verdict } = value;
  if (!isObject(verdict) || typeof verdict["kind"] !== "string")
    return unreadable("run.json is not Weir's: expected a verdict");
  const { sentence, reasons } = verdict;
  const record: unknown = {
    ...value,
    name: typeof name === "string" ? name : null,
    children: toTexts(children),
    verdict: {
      ...verdict,
      sentence: typeof sentence === "string" ? sentence : "",
      reasons: toTexts(reasons),
    },
  };
  return { kind: "record", record: record as StoredRecord };
}

function toTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function unreadable(reason: string): ParsedRecord {
  return { kind: "unreadable", reason };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
