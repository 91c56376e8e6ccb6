import type { ResponseHead } from "./response-head.ts";

/** Where a server's own times are noted, in milliseconds. What it does not say is left as it is. */
export interface ServerTimes {
  serverMs: number;
  serverQueueMs: number;
  serverInferenceMs: number;
}

interface TimeHeader {
  readonly name: string;
  note(value: string, times: ServerTimes): void;
}

const headers: readonly TimeHeader[] = [
  { name: "server-timing", note: noteServerTiming },
  // FastAPI services send seconds (their documentation's own middleware does).
  timeHeader("x-process-time", "serverMs", 1000),
  // Text Embeddings Inference sends milliseconds.
  timeHeader("x-total-time", "serverMs", 1),
  timeHeader("x-queue-time", "serverQueueMs", 1),
  timeHeader("x-inference-time", "serverInferenceMs", 1),
];

// A server that does not send these is not asked for them in every answer: looking costs.
const askedAlways = 8;
const askedEvery = 64;

/** Reads how long servers say they took, from the headers that they use for it. */
export class ServerTimeReader {
  readonly #known = new Set<TimeHeader>();
  #answers = 0;

  /** Notes what an answer's head says; times that it does not say become not a number. */
  read(head: ResponseHead, times: ServerTimes): void {
    times.serverMs = Number.NaN;
    times.serverQueueMs = Number.NaN;
    times.serverInferenceMs = Number.NaN;
    this.#answers += 1;
    const looksForAll = this.#answers <= askedAlways || this.#answers % askedEvery === 0;
    for (const header of looksForAll ? headers : this.#known) {
      const value = head.find(header.name);
      if (value === undefined) continue;
      this.#known.add(header);
      header.note(value, times);
    }
  }
}

function timeHeader(name: string, into: keyof ServerTimes, bareUnitMs: number): TimeHeader {
  return {
    name,
    note(value, times) {
      const ms = readTime(value, bareUnitMs);
      if (Number.isNaN(times[into])) times[into] = ms;
    },
  };
}

const queueName = /^(?:queue|queued|queueing|queuing|wait|waiting)(?:[-_.]?time)?$/;
const inferenceName = /^(?:inference|infer|model|compute|generation|generate|gpu|engine)(?:[-_.]?time)?$/;

/** The entry `total` of a Server-Timing header, else the sum of its durations; waiting and the model's work by name. */
function noteServerTiming(value: string, times: ServerTimes): void {
  let sum = Number.NaN;
  let total = Number.NaN;
  for (const entry of value.split(",")) {
    const [rawName = "", ...parameters] = entry.split(";");
    const duration = parameters
      .map((text) => /^\s*dur\s*=\s*"?([\d.]+)"?\s*$/i.exec(text)?.[1])
      .find(Boolean);
    if (duration === undefined) continue;
    const ms = Number(duration);
    const name = rawName.trim().toLowerCase();
    if (name === "total") total = ms;
    else sum = addTo(sum, ms);
    if (queueName.test(name)) times.serverQueueMs = addTo(times.serverQueueMs, ms);
    else if (inferenceName.test(name)) times.serverInferenceMs = addTo(times.serverInferenceMs, ms);
  }
  times.serverMs = Number.isNaN(total) ? sum : total;
}

function addTo(sum: number, ms: number): number {
  return Number.isNaN(sum) ? ms : sum + ms;
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000 };

// A number with its unit; a bare one is in `bareUnitMs`.
function readTime(value: string, bareUnitMs: number): number {
  const [, number, unit] = /^([\d.]+(?:e-?\d+)?)\s*(us|µs|ms|s)?$/i.exec(value) ?? [];
  if (number === undefined) return Number.NaN;
  return Number(number) * (unit === undefined ? bareUnitMs : unitsMs[unit.toLowerCase()]!);
}
