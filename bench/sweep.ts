/**
 * Does `weir sweep --quick` finish in time, and is what it says of its recommendations true when they are measured again?
 * The model is served by `weir serve` as people run it. The sweep says how many times the throughput of the default its
 * settings have, and what a second measurement will find; that second measurement is made here, in as
 * many rounds, default and recommendation next to each other.
 *
 *     npm run bench -- sweep [--model DIR] [--most-seconds 180]
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { drawCacheBusterStart, runLoad } from "@weir/load";
import { createClosedLoopSchedule, estimateGain, type GainRound } from "@weir/stats";
import { resolveBenchModel } from "./lib/bench-model.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { modelFolder, positive, readFlags } from "./lib/read-flags.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { printVerdict } from "./lib/verdict.ts";
import { buildWeir, launchWeir, weirCommand } from "./lib/weir-command.ts";

interface Settings {
  readonly size?: number;
  readonly batch?: number;
  readonly concurrency?: number;
}

/** What of a sweep's run.json is read here. */
interface Sweep {
  readonly verdict: { readonly sentence: string };
  readonly recommendations: readonly {
    readonly uses: readonly string[];
    readonly input: Settings;
    readonly choice: Settings;
    readonly picked: Settings;
    readonly baseline: Settings;
    readonly gain: {
      readonly rounds: number;
      readonly ratio: number;
      readonly again: { readonly low: number; readonly high: number };
    } | null;
  }[];
}

const flags = readFlags({ model: modelFolder, "most-seconds": positive(180) });
const run = promisify(execFile);
const model = await resolveBenchModel(flags.model);
buildWeir();
using folder = createTemporaryFolder("sweep");
await using server = await launchWeir(`model=${model}`, []);
const startMs = performance.now();
const sweep = await weir<Sweep>(["sweep", server.url, "--quick"]);
printVerdict(
  "the quick sweep took",
  (performance.now() - startMs) / 1000,
  { most: flags["most-seconds"] },
  "s",
);
console.log(sweep.verdict.sentence);
for (const recommendation of sweep.recommendations) await measureAgain(recommendation);

async function measureAgain({
  uses,
  input,
  choice,
  picked,
  baseline,
  gain,
}: Sweep["recommendations"][number]): Promise<void> {
  if (uses.includes("latency")) return;
  console.log(`\n${uses.join(", ")}: ${describe(choice)} at ${input.size} characters`);
  if (gain === null) {
    console.log("is the default, or was not measured against it");
    return;
  }
  const rounds: GainRound[] = [];
  for (let round = 0; round < gain.rounds; round += 1)
    rounds.push(await measureRound(round, input, baseline, picked));
  const second = estimateGain(rounds);
  if (second === undefined) throw new Error("expected rounds without failures, got fewer than three");
  const range = `${gain.again.low.toFixed(3)} to ${gain.again.high.toFixed(3)}`;
  console.log(
    `${describe(picked)} over ${describe(baseline)}: said ${gain.ratio.toFixed(3)}, to expect again ${range}`,
  );
  printVerdict("measured again", second.ratio, { least: gain.again.low });
  printVerdict("measured again", second.ratio, { most: gain.again.high });
}

async function measureRound(
  round: number,
  input: Settings,
  baseline: Settings,
  candidate: Settings,
): Promise<GainRound> {
  const order = round % 2 === 0 ? [baseline, candidate] : [candidate, baseline];
  const rates: number[] = [];
  for (const settings of order) rates.push(await measure(input, settings));
  const [first = 0, other = 0] = rates;
  return round % 2 === 0 ? { baseline: first, candidate: other } : { baseline: other, candidate: first };
}

/** Texts a second. A round has about as many texts for each, so that both are measured about as long. */
async function measure(input: Settings, { batch = 1, concurrency = 1 }: Settings): Promise<number> {
  const requests = Math.max(2, Math.round(96 / batch / concurrency)) * concurrency;
  // In this process, as in the sweep's: a `weir run` for each visit would measure its own start too.
  const { counts, window } = await runLoad({
    url: server.url,
    workload: {
      kind: "embeddings",
      dialect: "openai",
      model: "model",
      texts: makeTexts(14, input.size ?? 1_000),
      batch,
      encoding: "float",
      cache: { kind: "busted", start: drawCacheBusterStart(Math.random) },
    },
    schedule: createClosedLoopSchedule({ users: concurrency, seed: 1 }),
    stop: { durationMs: undefined, requests },
    warmupMs: 0,
    transport: { headers: {}, connectTimeoutMs: 5_000, timeoutMs: 60_000 },
  });
  return counts.failed.total > 0 ? 0 : (counts.units * 1000) / (window.endMs - window.startMs);
}

async function weir<Json>(args: readonly string[]): Promise<Json> {
  const all = [weirCommand, ...args, "--json", "--quiet", "--out", folder.path];
  // A limit that was missed is an exit code of its own, and the record is there all the same.
  const { stdout } = await run(process.execPath, all, { maxBuffer: 2 ** 28 }).catch(
    (error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? "" }),
  );
  if (stdout === "") throw new Error(`weir ${args.join(" ")} gave no record`);
  return JSON.parse(stdout) as Json;
}

function describe({ batch, concurrency }: Settings): string {
  return `batch ${batch} x ${concurrency}`;
}
