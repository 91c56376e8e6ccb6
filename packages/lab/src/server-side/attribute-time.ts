import { formatMs, formatShare } from "../record/format-number.ts";
import type { RecordedWhere, TimePart } from "./server-record.ts";

/** Mean times per request in milliseconds; null where nobody says. */
export interface ServerTimes {
  readonly serverMs: number | null;
  readonly queueMs: number | null;
  readonly modelMs: number | null;
}

export interface TimesOfRun {
  /** Means that the load measured: response = lag + service. */
  readonly responseMs: number;
  readonly serviceMs: number;
  /** What answers said of themselves, and what the server's metrics say. */
  readonly headers: ServerTimes;
  readonly metrics: ServerTimes;
}

type Part = RecordedWhere["parts"][number];

interface Said {
  readonly ms: number;
  readonly source: "headers" | "metrics";
}

/** A server's clock and ours may differ by so much, as a share, and so may two means of slightly different requests. */
const tolerance = 0.02;

/**
 * Divides the mean response time between lag, the way, and what the server says of itself. What nobody accounts for is
 * named so; nothing is made up, and the parts add up. Null where the server says nothing.
 */
export function attributeTime(times: TimesOfRun): {
  readonly where: RecordedWhere | null;
  readonly notes: readonly string[];
} {
  const notes: string[] = [];
  const { responseMs, serviceMs } = times;
  const server = within(choose(times, "serverMs"), serviceMs, "for a request as a whole", notes);
  const insideMs = server?.ms ?? serviceMs;
  const queue = within(choose(times, "queueMs"), insideMs, "of waiting in its queue", notes);
  const model = cap(choose(times, "modelMs"), insideMs - (queue?.ms ?? 0), notes);
  if (responseMs <= 0 || (server === undefined && queue === undefined && model === undefined))
    return { where: null, notes };
  const share = (ms: number): number => ms / responseMs;
  const part = (name: TimePart, ms: number, source: Part["source"]): Part[] =>
    ms > 0 ? [{ part: name, ms, share: share(ms), source }] : [];
  const restMs = insideMs - (queue?.ms ?? 0) - (model?.ms ?? 0);
  const parts = [
    ...part("lag", responseMs - serviceMs, "client"),
    ...(server === undefined ? [] : part("network and client", serviceMs - server.ms, "difference")),
    ...part(nameRest(server, queue, model), restMs, "difference"),
    ...(queue === undefined ? [] : part("queue", queue.ms, queue.source)),
    ...(model === undefined ? [] : part("model", model.ms, model.source)),
  ];
  return { where: { responseMs, parts, sentence: describeParts(parts) }, notes };
}

/** What an answer says of itself is of the very request; metrics are of all that the server did. */
function choose({ headers, metrics }: TimesOfRun, name: keyof ServerTimes): Said | undefined {
  if (headers[name] !== null) return { ms: headers[name], source: "headers" };
  return metrics[name] === null ? undefined : { ms: metrics[name], source: "metrics" };
}

function within(said: Said | undefined, mostMs: number, what: string, notes: string[]): Said | undefined {
  if (said === undefined || said.ms <= mostMs) return said;
  if (said.ms <= mostMs * (1 + tolerance)) return { ...said, ms: mostMs };
  notes.push(
    `the server says ${formatMs(said.ms)} ${what} (${said.source}), and there is room for ${formatMs(mostMs)} at most: it counts other requests too, or in another unit. Not used.`,
  );
  return undefined;
}

// Work for several requests at a time counts in full for each, or is summed over batches beside each other.
function cap(said: Said | undefined, mostMs: number, notes: string[]): Said | undefined {
  if (said === undefined || said.ms <= mostMs) return said;
  if (said.ms > mostMs * (1 + tolerance))
    notes.push(
      `the server says ${formatMs(said.ms)} of the model's work per request (${said.source}), of which ${formatMs(mostMs)} at most can lie in a response: it sums up what runs side by side.`,
    );
  return { ...said, ms: Math.max(0, mostMs) };
}

function nameRest(server: Said | undefined, queue: Said | undefined, model: Said | undefined): TimePart {
  if (server === undefined) return "not accounted for";
  if (queue === undefined && model === undefined) return "server";
  return queue === undefined || model === undefined ? "not accounted for" : "web layer";
}

const meanings: Readonly<Record<TimePart, string>> = {
  lag: "lag before it is sent: requests come due faster than they can be sent",
  "network and client": "on the way: network, connections and this client, not the server",
  "web layer": "the server's web layer: reading, writing and handing on, neither queue nor model",
  queue: "queue: more requests at a time than the model takes",
  model: "the model's work",
  server: "in the server, which does not say on what",
  "not accounted for": "not accounted for by the server",
};

const largeShare = 0.5;

function describeParts(parts: readonly Part[]): string {
  const [first, second] = parts.toSorted((one, other) => other.share - one.share);
  if (first === undefined) return "A response takes no time.";
  if (first.share >= largeShare || second === undefined)
    return `${formatShare(first.share)} of a response is ${meanings[first.part]}.`;
  return `${formatShare(first.share)} of a response is ${first.part}, ${formatShare(second.share)} ${second.part}.`;
}
