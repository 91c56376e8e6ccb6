/**
 * The wait that an answer's headers ask for, in milliseconds: `retry-after-ms`, else `Retry-After` in seconds or as a date
 * (RFC 9110, 10.2.3). Undefined where they ask for none that makes sense.
 */
export function parseRetryAfter(
  { inMs, after }: { readonly inMs: string | null | undefined; readonly after: string | null | undefined },
  nowMs: number,
): number | undefined {
  const ms = toNumber(inMs);
  if (ms !== undefined) return ms >= 0 ? ms : undefined;
  const seconds = toNumber(after);
  if (seconds !== undefined) return seconds >= 0 ? seconds * 1_000 : undefined;
  const dateMs = Date.parse(after ?? "");
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

function toNumber(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
