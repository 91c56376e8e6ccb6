import { readField, unexpected, type Fields } from "../fields/read-fields.ts";

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const part = String.raw`(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)`;
const durationPattern = new RegExp(`^[+-]?(?:${part})+$`);
const partPattern = new RegExp(part, "g");
const secondsPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;

/** Go's longest duration, 2^63 - 1 ns, which Ollama takes for "forever". In milliseconds. */
export const longestKeepAliveMs: number = 9_223_372_036_854;

/**
 * How long a model stays loaded after its last request, in milliseconds: a number is seconds, a text is a Go duration
 * ("10m", "1h30m") or a number of seconds, and what is below 0 is Infinity. Undefined where it is none of these. As
 * `Duration.UnmarshalJSON` of Ollama's api/types.go reads it, and as its OLLAMA_KEEP_ALIVE takes numbers in a text.
 */
export function parseKeepAlive(written: unknown): number | undefined {
  if (typeof written === "number") return toKeepAliveMs(written * 1_000);
  if (typeof written !== "string") return undefined;
  if (secondsPattern.test(written)) return toKeepAliveMs(Number(written) * 1_000);
  if (!durationPattern.test(written)) return undefined;
  let ms = 0;
  for (const [, digits, unit] of written.matchAll(partPattern)) ms += Number(digits) * unitMs[unit!]!;
  return toKeepAliveMs(written.startsWith("-") ? -ms : ms);
}

function toKeepAliveMs(ms: number): number | undefined {
  if (Number.isNaN(ms)) return undefined;
  return ms < 0 || ms > longestKeepAliveMs ? Number.POSITIVE_INFINITY : ms;
}

/** Reads a request's `keep_alive`; undefined where it says nothing of it. Throws INVALID_REQUEST. */
export function readKeepAlive(fields: Fields): number | undefined {
  const written = readField(fields, "keep_alive") ?? undefined;
  if (written === undefined) return undefined;
  const keepAliveMs = parseKeepAlive(written);
  if (keepAliveMs !== undefined) return keepAliveMs;
  throw unexpected(
    "keep_alive",
    'seconds (300; 0 unloads, -1 is forever) or a duration ("10m", "1h30m")',
    written,
    "Correct it or leave it out.",
  );
}
