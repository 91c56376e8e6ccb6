const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

/** Reads `500ms`, `30s`, `2m` or `1.5h` as milliseconds; undefined where it is something else. A bare number is none, but for 0. */
export function parseDuration(text: string): number | undefined {
  if (text.trim() === "0") return 0;
  const match = /^(\d+(?:\.\d+)?)(ms|s|min|m|h)$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * unitMs[match[2]!]!;
}
