/** Larger answers are not looked into: parsing them would take the time that is being measured. */
const largestBytes = 4 * 1024 * 1024;

const names = ["page_count", "pageCount", "num_pages", "total_pages", "pages"] as const;

/**
 * How many pages a document had, where the JSON of an answer says so: a number or a list under one of the usual names.
 * Undefined elsewhere.
 */
export function readPageCount(body: Uint8Array): number | undefined {
  // JSON objects alone: a converted document may be anything.
  if (body.length === 0 || body.length > largestBytes || body[0] !== 0x7b) return undefined;
  let answer: Readonly<Record<string, unknown>>;
  try {
    answer = JSON.parse(new TextDecoder().decode(body)) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  for (const name of names) {
    const value = answer[name];
    const count = Array.isArray(value) ? value.length : value;
    if (typeof count === "number" && Number.isInteger(count) && count >= 0) return count;
  }
  return undefined;
}
