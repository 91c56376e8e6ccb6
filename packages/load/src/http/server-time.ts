import type { ResponseHead } from "./response-head.ts";

interface TimeHeader {
  readonly name: string;
  /** What the server took, in milliseconds; not a number where the value says nothing. */
  readonly read: (value: string) => number;
}

const headers: readonly TimeHeader[] = [
  { name: "server-timing", read: readServerTiming },
  // FastAPI services send seconds (their documentation's own middleware does).
  { name: "x-process-time", read: (value) => readTime(value, 1000) },
  // Text Embeddings Inference sends milliseconds.
  { name: "x-total-time", read: (value) => readTime(value, 1) },
];

// A server that does not send these is not asked for them in every answer: looking costs.
const askedAlways = 8;
const askedEvery = 64;

/** Reads how long servers say they took, from the header that they use for it. */
export class ServerTimeReader {
  #header: TimeHeader | undefined;
  #answers = 0;

  /** Milliseconds; not a number where the answer does not say. */
  read(head: ResponseHead): number {
    if (this.#header !== undefined) return readHeader(this.#header, head);
    this.#answers += 1;
    if (this.#answers > askedAlways && this.#answers % askedEvery !== 0) return Number.NaN;
    for (const header of headers) {
      const ms = readHeader(header, head);
      if (Number.isNaN(ms)) continue;
      this.#header = header;
      return ms;
    }
    return Number.NaN;
  }
}

function readHeader({ name, read }: TimeHeader, head: ResponseHead): number {
  const value = head.find(name);
  return value === undefined ? Number.NaN : read(value);
}

/** The entry `total` of a Server-Timing header, else the sum of its durations. */
function readServerTiming(value: string): number {
  let sum = Number.NaN;
  for (const entry of value.split(",")) {
    const [name = "", ...parameters] = entry.split(";");
    const duration = parameters
      .map((text) => /^\s*dur\s*=\s*"?([\d.]+)"?\s*$/i.exec(text)?.[1])
      .find(Boolean);
    if (duration === undefined) continue;
    if (name.trim().toLowerCase() === "total") return Number(duration);
    sum = (Number.isNaN(sum) ? 0 : sum) + Number(duration);
  }
  return sum;
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000 };

// A number with its unit; a bare one is in `bareUnitMs`.
function readTime(value: string, bareUnitMs: number): number {
  const [, number, unit] = /^([\d.]+(?:e-?\d+)?)\s*(us|µs|ms|s)?$/i.exec(value) ?? [];
  if (number === undefined) return Number.NaN;
  return Number(number) * (unit === undefined ? bareUnitMs : unitsMs[unit.toLowerCase()]!);
}
