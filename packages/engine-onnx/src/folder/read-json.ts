import { readFile } from "node:fs/promises";
import { WeirError } from "@weir/protocol";

export type JsonObject = Readonly<Record<string, unknown>>;

/** An error that names the file at fault. */
export function invalidFile(path: string, problem: string, cause?: unknown): WeirError {
  return new WeirError("MODEL_INVALID", `${path}: ${problem}`, { cause });
}

/** Reads JSON of any kind; undefined where there is no such file. Throws MODEL_INVALID naming the file. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw invalidFile(path, `cannot be read (${message})`, error);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = text.length === 0 ? "the file is empty" : (error as Error).message;
    throw invalidFile(path, `is not valid JSON (${why}). Was the download complete?`, error);
  }
}

/** Reads a JSON object; undefined where there is no such file. */
export async function readJsonObject(path: string): Promise<JsonObject | undefined> {
  const value = await readJson(path);
  if (value === undefined) return undefined;
  if (!isObject(value)) throw invalidFile(path, `must hold a JSON object, got ${describeKind(value)}`);
  return value;
}

/** Reads a JSON object that must be there. */
export async function readRequiredJson(path: string): Promise<JsonObject> {
  const object = await readJsonObject(path);
  if (object === undefined) throw invalidFile(path, "is missing");
  return object;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number of at least `least` under `key`; undefined where it is absent or null. */
export function readWholeNumber(
  object: JsonObject,
  key: string,
  path: string,
  least: number,
): number | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return value;
  throw invalidFile(path, `${key} must be a whole number of at least ${least}, got ${JSON.stringify(value)}`);
}

export function describeKind(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
