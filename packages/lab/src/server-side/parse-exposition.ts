/** What a server's metrics endpoint answers, in Prometheus' text format or in OpenMetrics. */
export interface Exposition {
  /** By family: `counter`, `gauge`, `histogram`, `summary` or `untyped`. */
  readonly types: ReadonlyMap<string, string>;
  /** By series as it is written: `name` or `name{label="value"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

/**
 * Reads what a metrics endpoint answers; undefined for text without a single sample. Timestamps and exemplars are left
 * out. Format: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseExposition(text: string): Exposition | undefined {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  let start = 0;
  while (start < text.length) {
    const next = text.indexOf("\n", start);
    const end = next === -1 ? text.length : next;
    if (text.charCodeAt(start) === hash) readType(text.slice(start, end), types);
    else readSample(text.slice(start, end), samples);
    start = end + 1;
  }
  return samples.size === 0 ? undefined : { types, samples };
}

const hash = 35;

function readType(line: string, types: Map<string, string>): void {
  const [, name, type] = /^#\s+TYPE\s+(\S+)\s+(\S+)/.exec(line) ?? [];
  if (name !== undefined && type !== undefined) types.set(name, type.toLowerCase());
}

function readSample(line: string, samples: Map<string, number>): void {
  const nameEnd = /^[a-zA-Z_:][a-zA-Z0-9_:.]*/.exec(line)?.[0].length ?? 0;
  if (nameEnd === 0) return;
  const seriesEnd = line.charCodeAt(nameEnd) === openBrace ? endOfLabels(line, nameEnd) : nameEnd;
  if (seriesEnd === -1) return;
  const [written = ""] = line.slice(seriesEnd).trimStart().split(/\s/, 1);
  const value = toNumber(written);
  if (value !== undefined) samples.set(line.slice(0, seriesEnd), value);
}

const openBrace = 123;

/** Behind the brace that closes labels, whose quoted values may hold braces; -1 where there is none. */
function endOfLabels(line: string, open: number): number {
  let quoted = false;
  for (let at = open + 1; at < line.length; at += 1) {
    const character = line[at];
    if (quoted && character === "\\") at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === "}") return at + 1;
  }
  return -1;
}

function toNumber(written: string): number | undefined {
  const infinity = /^([+-]?)inf(?:inity)?$/i.exec(written);
  if (infinity !== null) return infinity[1] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(written)) return Number.NaN;
  const value = Number(written);
  return written === "" || Number.isNaN(value) ? undefined : value;
}

/** A series taken apart. */
export interface SeriesName {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Takes `name{label="value"}` apart. */
export function parseSeriesName(series: string): SeriesName {
  const open = series.indexOf("{");
  if (open === -1) return { name: series, labels: {} };
  const labels: Record<string, string> = {};
  for (const [, label, value] of series
    .slice(open)
    .matchAll(/([a-zA-Z_][a-zA-Z0-9_.]*)\s*=\s*"((?:[^"\\]|\\.)*)"/g))
    labels[label!] = value!.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  return { name: series.slice(0, open), labels };
}
