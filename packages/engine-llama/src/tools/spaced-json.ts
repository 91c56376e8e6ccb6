/** JSON as Python's `json.dumps` spaces it, which is what models have read. */
export function encodeSpacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(encodeSpacedJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${encodeSpacedJson(item)}`).join(", ")}}`;
}
