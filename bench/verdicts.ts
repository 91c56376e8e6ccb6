/**
 * How often `weir compare` is right: comparisons of simulated servers whose latency wanders (autoregressive, of the first
 * order), played through the real judging of rounds, with a look after every one. Ends with 1 where equals are called
 * different in more than 7 % of a row, or 20 % more is found in less than 90 %.
 *
 *     npm run bench -- verdicts [--trials 1000] [--rounds 40]
 */
import { createRandom } from "@weir/stats";
import {
  countVerdicts,
  type SimulatedComparison,
} from "../packages/stats/src/comparison/fixtures/simulate-comparison.ts";
import { readFlags, whole } from "./lib/read-flags.ts";

const { trials, rounds: maxRounds } = readFlags({ trials: whole(1000), rounds: whole(40) });

interface Row {
  readonly name: string;
  readonly plan: SimulatedComparison;
  readonly wanted?: { readonly alarmsAtMost: number } | { readonly foundAtLeast: number };
}

const alike = { alarmsAtMost: 0.07 };
const found = { foundAtLeast: 0.9 };
const plain: SimulatedComparison = { change: 0, correlation: 0.95, spread: 0.25, requests: 100, maxRounds };
const uneven = (random: () => number): number => 30 + Math.floor(140 * random());

const rows: readonly Row[] = [
  ...[0, 0.9, 0.95, 0.97, 0.99].flatMap((correlation) =>
    [20, 50, 100, 200].map((requests) => ({
      name: `A/A, correlation ${correlation}, ${requests} requests`,
      plan: { ...plain, correlation, requests },
      wanted: alike,
    })),
  ),
  { name: "A/A, heavy tails", plan: { ...plain, tails: "heavy" }, wanted: alike },
  { name: "A/A, uneven halves", plan: { ...plain, requests: uneven }, wanted: alike },
  { name: "A/A, 1 % slower every 100 requests", plan: { ...plain, drift: 1e-4 }, wanted: alike },
  { name: "A/A, 10 % slower every 100 requests", plan: { ...plain, drift: 1e-3 }, wanted: alike },
  { name: "A/A, at most 10 rounds", plan: { ...plain, maxRounds: 10 }, wanted: alike },
  ...[0.9, 0.95, 0.97].flatMap((correlation) =>
    [50, 200].map((requests) => ({
      name: `+20 %, correlation ${correlation}, ${requests} requests`,
      plan: { ...plain, correlation, requests, change: 0.2 },
      wanted: found,
    })),
  ),
  { name: "+20 %, heavy tails", plan: { ...plain, change: 0.2, tails: "heavy" }, wanted: found },
  {
    name: "+20 %, 10 % slower every 100 requests",
    plan: { ...plain, change: 0.2, drift: 1e-3 },
    wanted: found,
  },
  ...[0.02, 0.05, 0.1].flatMap((change) =>
    [0.03, 0.06, 0.1, 0.25].map((spread) => ({
      name: `+${change * 100} %, correlation 0.9, spread ${spread}`,
      plan: { ...plain, correlation: 0.9, spread, change },
    })),
  ),
];

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8);
console.log(
  `${trials} comparisons a row, at most ${maxRounds} rounds, differences from 5 % on matter; each half a median`,
);
console.log(
  ["".padEnd(44), "faster", "slower", "same", "undecided", "rounds"]
    .map((head) => head.padStart(9))
    .join(" "),
);
let missed = 0;
for (const { name, plan, wanted } of rows) {
  const counts = countVerdicts(plan, trials, createRandom(1));
  const cells = [counts.faster, counts.slower, counts.same, counts.inconclusive].map(percent);
  const misses = wanted !== undefined && isMissed(wanted, counts);
  if (misses) missed += 1;
  console.log(
    `${name.padEnd(44)}  ${cells.join("  ")} ${counts.rounds.toFixed(1).padStart(9)}${misses ? "  MISSED" : ""}`,
  );
}
process.exitCode = missed === 0 ? 0 : 1;

function isMissed(
  wanted: NonNullable<Row["wanted"]>,
  { faster, slower }: { readonly faster: number; readonly slower: number },
): boolean {
  return "alarmsAtMost" in wanted ? faster + slower > wanted.alarmsAtMost : slower < wanted.foundAtLeast;
}
