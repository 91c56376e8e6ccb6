/**
 * Whether `weir compare` is right on this machine, live: `weir mock` against another one just like it, time after time,
 * and against one whose first tokens take 10 % longer. Ends with 1 where more than a fifth of the equals are called
 * different, or less than four fifths of the slower ones are found.
 *
 *     npm run bench -- compare [--trials 20] [--slower 5] [--seconds 3] [--rounds 20]
 */
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildWeir } from "./lib/weir-command.ts";
import { endWithBench } from "./lib/end-with-bench.ts";
import { positive, readFlags, whole } from "./lib/read-flags.ts";
import { timedCommand } from "./lib/timed-command.ts";

const { trials, slower, seconds, rounds } = readFlags({
  trials: whole(20, 0),
  slower: whole(5, 0),
  seconds: positive(3),
  rounds: whole(20, 2),
});

const weir = join(
  dirname(createRequire(import.meta.url).resolve("@weir/cli/package.json")),
  "bin",
  "weir.js",
);
const ttftMs = 100;

interface Outcome {
  readonly kind: string;
  readonly change: number | null;
  readonly rounds: number;
}

buildWeir();
const out = mkdtempSync(join(tmpdir(), "weir-bench-compare-"));
const remove = (): void => rmSync(out, { recursive: true, force: true });
endWithBench(remove);
const alarms = await repeat("alike", ttftMs, trials, ({ kind }) => kind === "faster" || kind === "slower");
const found = await repeat("10 % slower", ttftMs * 1.1, slower, ({ kind }) => kind === "slower");
remove();
console.log(`\nalike: ${alarms} of ${trials} called different (at most ${Math.floor(trials / 5)})`);
console.log(`10 % slower: ${found} of ${slower} found (at least ${Math.ceil(slower * 0.8)})`);
process.exitCode = alarms <= Math.floor(trials / 5) && found >= Math.ceil(slower * 0.8) ? 0 : 1;

async function repeat(
  name: string,
  ofBMs: number,
  times: number,
  counts: (outcome: Outcome) => boolean,
): Promise<number> {
  let count = 0;
  for (let trial = 0; trial < times; trial += 1) {
    const outcome = await compare(ofBMs, trial);
    if (counts(outcome)) count += 1;
    const change = outcome.change === null ? "-" : `${(outcome.change * 100).toFixed(1)} %`;
    console.log(`${name}, ${trial + 1} of ${times}: ${outcome.kind}, ${change} in ${outcome.rounds} rounds`);
  }
  return count;
}

async function compare(ofBMs: number, trial: number): Promise<Outcome> {
  const start = (ms: number): string =>
    `"${process.execPath}" "${weir}" mock --port {port} --ttft ${ms}ms --gap 10ms --jitter 10ms`;
  const { text } = await timedCommand(undefined, [
    process.execPath,
    weir,
    "compare",
    "--start",
    start(ttftMs),
    "--start-b",
    start(ofBMs),
    ..."--workload chat --dialect openai --model mock --output-tokens 8 --users 4".split(" "),
    ...`--round-duration ${seconds}s --warmup 500ms --max-rounds ${rounds} --json --quiet`.split(" "),
    "--seed",
    String(1 + trial * rounds),
    "--out",
    out,
  ]);
  const {
    verdict,
    metrics,
    rounds: measured,
  } = JSON.parse(text) as {
    readonly verdict: { readonly kind: string };
    readonly metrics: readonly { readonly change: number | null }[];
    readonly rounds: readonly unknown[];
  };
  return { kind: verdict.kind, change: metrics[0]?.change ?? null, rounds: measured.length };
}
