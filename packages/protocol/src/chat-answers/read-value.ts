import { isFields, readField, type Fields } from "../fields/read-fields.ts";

// Answers of other servers are read leniently: what is of another type than expected counts as left out.

const none: Fields = Object.freeze({});

/** A member that is an object; an empty one for anything else. */
export function fieldsIn(fields: Fields, name: string): Fields {
  const value = readField(fields, name);
  return isFields(value) ? value : none;
}

/** A member that is a string; empty for anything else. */
export function textIn(fields: Fields, name: string): string {
  const value = readField(fields, name);
  return typeof value === "string" ? value : "";
}

/** The objects of a member that is a list. */
export function objectsIn(fields: Fields, name: string): readonly Fields[] {
  const value = readField(fields, name);
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** A member that is a finite number of at least 0. */
export function numberIn(fields: Fields, name: string): number | undefined {
  const value = readField(fields, name);
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined;
}

/** Arguments of a call as JSON text: most servers send text, some the object itself. Empty where there are none. */
export function argumentsIn(fields: Fields, name: string): string {
  const value = readField(fields, name);
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
