import { formatMs, formatNumber } from "../record/format-number.ts";
import type { StoredRecord } from "./parse-record.ts";
import { readPath } from "./read-path.ts";

/** Characters of a sentence in a list. */
const longest = 100;

/**
 * What came out of a run in a few words, for a list: `842 texts/s, p95 31.2 ms`, or `TTFT p50 80 ms, 912 tokens/s` for
 * streams. Empty where nothing was completed. Measurements of other kinds say the beginning of
 * their sentence.
 */
export function describeOutcome(record: StoredRecord): string {
  const text = (path: string, absent: string): string => {
    const value = readPath(record, path);
    return typeof value === "string" ? value : absent;
  };
  if (record.kind === "capacity") {
    const held = readPath(record, "capacity.lastPass");
    const failed = readPath(record, "capacity.firstFail");
    if (typeof held === "number")
      return `holds ${held.toLocaleString("en-US")} ${text("capacity.of", "")}${typeof failed === "number" ? `, not ${failed.toLocaleString("en-US")}` : ""}`;
  }
  if (record.kind !== "run" && record.kind !== "import") return shorten(text("verdict.sentence", ""));
  const number = (path: string): number | undefined => {
    const value = readPath(record, `summary.${path}`);
    return typeof value === "number" ? value : undefined;
  };
  if ((number("completed") ?? 0) === 0) return "";
  const ttftMs = number("ttftMs.p50");
  const unit = text("summary.units.kind", "requests");
  const perSecond = unit === "tokens" ? number("tokens.outputPerSecond") : number("units.perSecond");
  const rate =
    perSecond === undefined
      ? `${formatNumber(number("requestsPerSecond") ?? 0)} requests/s`
      : `${formatNumber(perSecond)} ${unit}/s`;
  if (ttftMs !== undefined) return `TTFT p50 ${formatMs(ttftMs)}, ${rate}`;
  // Other tools have no response time: they do not count from when a request was due.
  const times = record.kind === "import" ? "service" : "response";
  const p95 = number(`latencyMs.${times}.p95`);
  const p50 = number(`latencyMs.${times}.p50`);
  if (p95 !== undefined) return `${rate}, p95 ${formatMs(p95)}`;
  return p50 === undefined ? rate : `${rate}, p50 ${formatMs(p50)}`;
}

/** The sentence up to its first pause, where it is long. */
function shorten(sentence: string): string {
  if (sentence.length <= longest) return sentence;
  const pause = sentence.slice(0, longest).search(/[;.] /);
  return pause > 0 ? sentence.slice(0, pause) : `${sentence.slice(0, longest - 1).trimEnd()}…`;
}
