import { WeirError } from "@weir/protocol";
import type { ModelSource } from "./model-admin.ts";

/** Reads `{ "path", "threads", "replicas" }`. Throws INVALID_REQUEST with the field's name. */
export function parseModelSource(body: unknown): ModelSource {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new WeirError("INVALID_REQUEST", 'expected a JSON object such as {"path": "/models/mini"}');
  }
  const fields = body as Readonly<Record<string, unknown>>;
  const { path } = fields;
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw invalid("path", "a model's folder, a reference model's name, or another server's address", path);
  }
  const threads = readCount(fields, "threads");
  const replicas = readCount(fields, "replicas");
  return {
    path,
    ...(threads === undefined ? {} : { threads }),
    ...(replicas === undefined ? {} : { replicas }),
  };
}

/** Reads the name under which a model is served. Throws INVALID_REQUEST. */
export function parseModelName(name: unknown): string {
  if (typeof name === "string" && /^[\w.:/+@-]{1,200}$/.test(name)) return name;
  throw invalid("name", "at most 200 letters, digits and . _ : / + @ -", name);
}

function readCount(
  fields: Readonly<Record<string, unknown>>,
  field: "threads" | "replicas",
): number | undefined {
  const value = fields[field] ?? undefined;
  if (
    value === undefined ||
    (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 1_024)
  ) {
    return value as number | undefined;
  }
  throw invalid(field, "a whole number from 1 to 1024", value);
}

function invalid(field: string, expected: string, got: unknown): WeirError {
  const shown = (JSON.stringify(got) ?? "nothing").slice(0, 60);
  return new WeirError("INVALID_REQUEST", `${field}: expected ${expected}, got ${shown}`, { field });
}
