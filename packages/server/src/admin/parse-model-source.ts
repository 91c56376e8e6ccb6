import { precisionWishes, type PrecisionWish } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { ModelSource } from "./model-admin.ts";

/** As many as `weir serve` takes of each. */
export const mostOf = { threads: 1_024, replicas: 256 } as const;

const known: readonly string[] = ["path", "threads", "replicas", "precision"];

/**
 * Reads `{ "path", "threads", "replicas", "precision" }`. Throws INVALID_REQUEST with the field's name, also for one that it does not know
 * and that is none of `others`: an operator would believe that it was done.
 */
export function parseModelSource(body: unknown, others: readonly string[] = []): ModelSource {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new WeirError("INVALID_REQUEST", 'expected a JSON object such as {"path": "/models/mini"}');
  }
  const fields = body as Readonly<Record<string, unknown>>;
  const { path } = fields;
  const expected = [...others, ...known];
  for (const field of Object.keys(fields)) {
    if (!expected.includes(field)) throw invalid(field, `one of ${expected.join(", ")}`, field);
  }
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw invalid("path", "a model's folder, a reference model's name, or another server's address", path);
  }
  const threads = readCount(fields, "threads");
  const replicas = readCount(fields, "replicas");
  const precision = readPrecision(fields["precision"] ?? undefined);
  return {
    path,
    ...(threads === undefined ? {} : { threads }),
    ...(replicas === undefined ? {} : { replicas }),
    ...(precision === undefined ? {} : { precision }),
  };
}

/** Reads the name under which a model is served. Throws INVALID_REQUEST. */
export function parseModelName(name: unknown): string {
  if (typeof name === "string" && /^[\w.:/+@-]{1,200}$/.test(name)) return name;
  throw invalid("name", "at most 200 letters, digits and . _ : / + @ -", name);
}

function readPrecision(value: unknown): PrecisionWish | undefined {
  const found = precisionWishes.find((wish) => wish === value);
  if (value === undefined || found !== undefined) return found;
  throw invalid("precision", `one of ${precisionWishes.join(", ")}`, value);
}

function readCount(
  fields: Readonly<Record<string, unknown>>,
  field: "threads" | "replicas",
): number | undefined {
  const value = fields[field] ?? undefined;
  if (
    value === undefined ||
    (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= mostOf[field])
  ) {
    return value as number | undefined;
  }
  throw invalid(field, `a whole number from 1 to ${mostOf[field]}`, value);
}

function invalid(field: string, expected: string, got: unknown): WeirError {
  const shown = (JSON.stringify(got) ?? "nothing").slice(0, 60);
  return new WeirError("INVALID_REQUEST", `${field}: expected ${expected}, got ${shown}`, { field });
}
