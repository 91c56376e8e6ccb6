import { WeirError } from "../canonical/weir-error.ts";
import { describeValue } from "./describe-value.ts";

/** A parsed JSON object. Read it through the functions here only: they never look at its prototype. */
export type Fields = Readonly<Record<string, unknown>>;

/** Throws INVALID_REQUEST where a body is not a JSON object. */
export function readBody(body: unknown): Fields {
  if (isFields(body)) return body;
  throw new WeirError(
    "INVALID_REQUEST",
    `body: expected a JSON object, got ${describeValue(body)}. Send {...} with content-type application/json.`,
  );
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The field's own value; undefined where it is absent. A null stays null. */
export function readField(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** An optional field's value. Clients write null for what they leave out, so null counts as absent. */
function readOptional(fields: Fields, name: string): unknown {
  return readField(fields, name) ?? undefined;
}

export function readBoolean(fields: Fields, name: string, absent: boolean): boolean {
  const value = readOptional(fields, name);
  if (value === undefined) return absent;
  if (typeof value === "boolean") return value;
  throw unexpected(name, "true or false", value, `Leave it out for ${absent}.`);
}

export function readString(fields: Fields, name: string): string | undefined {
  const value = readOptional(fields, name);
  if (value === undefined || typeof value === "string") return value;
  throw unexpected(name, "a string", value, "Correct it or leave it out.");
}

export function readRequiredString(fields: Fields, name: string, nextStep: string): string {
  const value = readField(fields, name);
  if (typeof value === "string" && value !== "") return value;
  throw unexpected(name, "a string that is not empty", value, nextStep);
}

/** A whole number of at least `least` (and at most 2^31 - 1, which every engine can count to). */
export function readWholeNumber(fields: Fields, name: string, least: number): number | undefined {
  const value = readOptional(fields, name);
  if (value === undefined) return undefined;
  if (isWholeNumber(value, least)) return value;
  throw unexpected(name, `a whole number of at least ${least}`, value, "Correct it or leave it out.");
}

export function isWholeNumber(value: unknown, least: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= 0x7fff_ffff;
}

export function readChoice<Choice extends string>(
  fields: Fields,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = readOptional(fields, name);
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw unexpected(name, `one of ${choices.join(", ")}`, value, "Correct it or leave it out.");
}

/** An INVALID_REQUEST error: what the field should be, what came, what to do. */
export function unexpected(field: string, expected: string, got: unknown, nextStep: string): WeirError {
  const message = `${field}: expected ${expected}, got ${describeValue(got)}. ${nextStep}`;
  return new WeirError("INVALID_REQUEST", message, { field });
}
