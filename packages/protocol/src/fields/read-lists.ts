import { isFields, readField, unexpected, type Fields } from "./read-fields.ts";

/** An optional number. */
export function readNumber(fields: Fields, name: string): number | undefined {
  const value = readField(fields, name) ?? undefined;
  if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
  throw unexpected(name, "a number", value, "Correct it or leave it out.");
}

/** An optional list; empty where it is absent. */
function readList(fields: Fields, name: string): readonly unknown[] {
  const value = readField(fields, name) ?? [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw unexpected(name, "a list", value, "Correct it or leave it out.");
}

/** An optional object; empty where it is absent. */
export function readObject(fields: Fields, name: string): Fields {
  const value = readField(fields, name) ?? {};
  if (isFields(value)) return value;
  throw unexpected(name, "an object", value, "Correct it or leave it out.");
}

/** A list of objects; `place` names each in messages. */
export function readObjects(fields: Fields, name: string): readonly { item: Fields; place: string }[] {
  return readList(fields, name).map((item, index) => {
    const place = `${name}[${index}]`;
    if (isFields(item)) return { item, place };
    throw unexpected(place, "an object", item, "Correct it or leave it out.");
  });
}

/** A string, or a list of strings, as a list. */
export function readStrings(fields: Fields, name: string): readonly string[] {
  const value = readField(fields, name) ?? [];
  if (typeof value === "string") return [value];
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  throw unexpected(name, "a string or a list of strings", value, "Correct it or leave it out.");
}

/** A field of an object that is not the body itself: the message names where it is. */
export function readNamed(item: Fields, place: string, name: string): string {
  const value = readField(item, name);
  if (typeof value === "string" && value !== "") return value;
  throw unexpected(`${place}.${name}`, "a string that is not empty", value, "Correct it.");
}
