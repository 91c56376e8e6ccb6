import type { MockLog, MockTiming } from "@weir/mock";
import { layOutTable } from "../console/text-table.ts";

type Distribution = MockTiming["chunkErrorMs"];

/** One sentence on how late the mock was, then a small table; or that nothing was asked of it. */
export function describeMockEnd(log: MockLog, timing: MockTiming): string {
  const { firstTokenErrorMs, chunkErrorMs, answerErrorMs, heldBack } = timing;
  if (log.requests === 0) return "no requests came\n";
  const worst = [chunkErrorMs, firstTokenErrorMs, answerErrorMs].find(({ n }) => n > 0);
  const sentence =
    worst === undefined
      ? `answered ${log.answered} of ${log.requests} requests; none of them was timed`
      : `answered ${log.answered} of ${log.requests} requests; half of all writes left within ${showMs(worst.p50)} ms of their time`;
  const rows = [
    ["late by, ms", "n", "p50", "p99", "max"],
    toRow("first token", firstTokenErrorMs),
    toRow("later chunks", chunkErrorMs),
    toRow("whole answers", answerErrorMs),
  ].filter(([, n]) => n !== "0");
  const held = heldBack > 0 ? [`${heldBack} writes had to wait for clients that read too slowly`] : [];
  const table = worst === undefined ? [] : layOutTable(rows);
  return [sentence, ...table, ...held, ""].join("\n");
}

function toRow(name: string, { n, p50, p99, max }: Distribution): readonly string[] {
  return [name, String(n), showMs(p50), p99 === null ? "n too small" : showMs(p99), showMs(max)];
}

function showMs(ms: number | null): string {
  return ms === null ? "-" : ms.toFixed(2);
}
