import { WeirError } from "@weir/protocol";
import { roundOrder } from "@weir/stats";
import type { ComparedHalf, ComparedRound, SideName } from "./compare-record.ts";
import type { CompareEnd } from "./judge-comparison.ts";
import type { CompareMeans } from "./measurement.ts";
import { isFirstRoundUnfair, toHalf } from "./plan-halves.ts";
import { toRound } from "./round-log.ts";
import { runHalf } from "./run-half.ts";

/** Rounds in a row that do not count before it is given up: fewer where none has ever counted. */
const mostLostAtFirst = 3;
const mostLostInARow = 6;

const fillsCaches =
  "what is sent repeats and both sides share a server, so the first round only fills its caches";

/** Adds rounds until the verdict stands, there have been as many as may be, or something ends it. */
export async function runRounds(means: CompareMeans): Promise<CompareEnd> {
  const { request, measurement } = means;
  const startedMs = performance.now();
  let lostInARow = 0;
  while (measurement.rounds.length < request.maxRounds) {
    const done = measurement.rounds.length;
    const roundMs = (performance.now() - startedMs) / done;
    const leftAtMostMs = done === 0 ? undefined : roundMs * (request.maxRounds - done);
    const end = await runRound(means, leftAtMostMs);
    await measurement.save();
    if (end !== undefined) return end;
    const last = measurement.rounds.at(-1)!;
    lostInARow = last.counts || last.reason === fillsCaches ? 0 : lostInARow + 1;
    const most = measurement.rounds.some(({ counts }) => counts) ? mostLostInARow : mostLostAtFirst;
    if (lostInARow >= most) return toLostEnd(last, lostInARow);
    if (measurement.judgement.verdict !== "inconclusive") return { kind: "decided" };
  }
  const { rounds } = measurement;
  const invalid = rounds.filter(({ a, b }) => a?.kind === "invalid" || b?.kind === "invalid");
  return invalid.length * 2 > rounds.length
    ? { kind: "invalid", reason: `so it was in ${invalid.length} of ${rounds.length} rounds` }
    : { kind: "all-rounds" };
}

async function runRound(
  means: CompareMeans,
  leftAtMostMs: number | undefined,
): Promise<CompareEnd | undefined> {
  const { request, measurement } = means;
  const index = measurement.rounds.length;
  const order = roundOrder(index);
  const halves: Record<SideName, ComparedHalf | null> = { a: null, b: null };
  let end: CompareEnd | undefined;
  for (const side of order === "ab" ? (["a", "b"] as const) : (["b", "a"] as const)) {
    try {
      halves[side] = await runOne(side, index, means, leftAtMostMs);
    } catch (error) {
      // The folder of a half cannot be made any more: what was found out before that stands.
      if (!(error instanceof WeirError) || index === 0) throw error;
      end = { kind: "no-folder", reason: error.message };
      break;
    }
    end = toEnd(halves[side], request[side].label, index + 1);
    if (end !== undefined) break;
  }
  const leftOut = index === 0 && isFirstRoundUnfair(request) ? fillsCaches : undefined;
  if (halves.a !== null || halves.b !== null)
    measurement.rounds.push(toRound(order, halves.a, halves.b, measurement.primary, leftOut));
  return end;
}

async function runOne(
  side: SideName,
  index: number,
  { request, measurement, sides, signal, onProgress }: CompareMeans,
  leftAtMostMs: number | undefined,
): Promise<ComparedHalf> {
  const now = { round: index + 1, side, leftAtMostMs };
  onProgress(measurement.toProgress({ ...now, phase: "preparing" }));
  const run = toHalf(measurement.runs[side], index, measurement.halfMs);
  const finished = await runHalf(
    side,
    { ...run, name: `round ${index + 1}, ${request[side].label}` },
    {
      sides,
      metrics: measurement.metrics,
      signal,
      onProgress: (load) => onProgress(measurement.toProgress({ ...now, phase: "measuring", load })),
    },
  );
  measurement.noteHalf(side, finished, true);
  return finished.half;
}

function toEnd({ kind, reason }: ComparedHalf, label: string, round: number): CompareEnd | undefined {
  switch (kind) {
    case "measured":
    case "invalid":
      return undefined;
    case "interrupted":
      return { kind };
    case "not-measured":
    case "stopped":
      return { kind, label, round, reason: reason ?? kind };
  }
}

function toLostEnd({ a, b, reason }: ComparedRound, lostInARow: number): CompareEnd {
  const kind = a?.kind === "invalid" || b?.kind === "invalid" ? "invalid" : "no-figure";
  return {
    kind,
    reason: `${lostInARow} rounds in a row do not count, the last because ${reason ?? "of its halves"}`,
  };
}
