/**
 * What serving leaves of the engine's speed: texts in batches of 32 through HTTP against a bare loop over ONNX Runtime with
 * the same token ids in the same batches and as many threads, in a process of its own; one text of 200 characters on an
 * idle server against one bare call; 64 clients of one text against batches of 64. Beside them what of the machine's own
 * speed (one large product of matrices) the bare loop reaches. All in turns, in several rounds.
 *
 *     npm run bench -- embed-floor [--model DIR] [--threads N] [--rounds 5] [--work 1]
 *
 * `--model` is a BERT-like folder (default: WEIR_BENCH_MODEL, else the shared all-MiniLM-L6-v2, else the reference model of
 * its size). `--work` scales how much a round does.
 */
import { Agent } from "node:http";
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { openBareSession, prepareBareRun, prepareMatMul, type BareRun } from "./lib/bare-onnx.ts";
import { locateOnnxFile, resolveRealModel } from "./lib/bench-model.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { runEmbedLoad, type EmbedSpeed, type EmbedTarget } from "./lib/embed-load.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { median } from "./lib/median.ts";
import { readPart, say, startPart, untilFinished } from "./lib/part.ts";
import { timedCall } from "./lib/timed-call.ts";
import { showProgress } from "./lib/progress.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { buildWeir, launchWeir } from "./lib/weir-command.ts";
import { modelFolder, positive, readFlags, whole } from "./lib/read-flags.ts";

/** What the bare part does when it is asked, one after the other. */
const bareTasks = ["batches", "whole", "single", "matmul"] as const;
type BareTask = (typeof bareTasks)[number];

interface BarePlan {
  readonly model: string;
  readonly threads: number;
  readonly directory: string;
  readonly passes: number;
  readonly singles: number;
}

interface BareFound {
  /** Of one run: the median of single calls, else the mean. */
  readonly ms: number;
  /** Of all runs together. */
  readonly gflopsPerSecond: number;
}

const batch = 32;
const longTexts = makeTexts(batch, 1_000);
const shortText = makeTexts(1, 200);
/** Between single texts, so that each finds everything at rest, and before what the bare loop's threads might disturb. */
const restMs = 60;

const part = readPart();
if (part === undefined) await measure();
else await runBare(part.input as BarePlan);

async function measure(): Promise<void> {
  const flags = readFlags({
    model: modelFolder,
    threads: whole(availableParallelism()),
    rounds: whole(5),
    work: positive(1),
  });
  const model = await resolveRealModel(flags.model);
  const work = flags.work;
  const times = (count: number): number => Math.max(2, Math.round(count * work));
  const passes = times(6);
  using folder = createTemporaryFolder("floor");
  const directory = folder.path;
  showProgress("building the command and starting both sides");
  buildWeir();
  const args = ["--cache-ram", "0", "--request-timeout", "10m", "--threads", String(flags.threads)];
  await using weir = await launchWeir(`model=${model}`, args);
  const plan = { model, threads: flags.threads, directory, passes, singles: times(40) };
  await using bare = startPart(import.meta.url, "bare", plan satisfies BarePlan);
  await bare.next();
  const ask = async (): Promise<BareFound> => {
    await delay(restMs);
    bare.ask();
    const found = await bare.next<BareFound>();
    // Its threads spin on for some time.
    await delay(restMs);
    return found;
  };
  const target: EmbedTarget = { url: weir.url, dialect: "openai", encoding: "base64" };
  const long = (users: number): Promise<EmbedSpeed> =>
    runEmbedLoad(target, { texts: longTexts, batch, users, requests: passes * users });
  const short = (size: number, users: number): Promise<EmbedSpeed> =>
    runEmbedLoad(target, {
      texts: makeTexts(256, 200),
      batch: size,
      users,
      requests: (times(4) * 64) / size,
    });

  const bareFound = new Map<BareTask, BareFound[]>(bareTasks.map((task) => [task, []]));
  const served = {
    one: [] as EmbedSpeed[],
    two: [] as EmbedSpeed[],
    singles: [] as EmbedSpeed[],
    of64: [] as EmbedSpeed[],
  };
  const idleMs: number[] = [];
  for (let round = -1; round < flags.rounds; round++) {
    showProgress(round < 0 ? "warming up" : `round ${round + 1} of ${flags.rounds}`);
    const found: BareFound[] = [];
    found.push(await ask());
    const one = await long(1);
    found.push(await ask());
    const two = await long(2);
    found.push(await ask());
    const idle = await timeIdle(target.url, plan.singles);
    found.push(await ask());
    const [singles, of64] = [await short(1, 64), await short(64, 1)];
    // The first round only warms up.
    if (round < 0) continue;
    bareTasks.forEach((task, index) => bareFound.get(task)!.push(found[index]!));
    served.one.push(one);
    served.two.push(two);
    served.singles.push(singles);
    served.of64.push(of64);
    idleMs.push(idle);
  }
  report({ model, threads: plan.threads, bareFound, served, idleMs });
}

interface Found {
  readonly model: string;
  readonly threads: number;
  readonly bareFound: ReadonlyMap<BareTask, readonly BareFound[]>;
  readonly served: Readonly<Record<"one" | "two" | "singles" | "of64", readonly EmbedSpeed[]>>;
  readonly idleMs: readonly number[];
}

function report({ model, threads, bareFound, served, idleMs }: Found): void {
  const rate = (speeds: readonly EmbedSpeed[]): number => median(speeds.map((speed) => speed.textsPerSecond));
  const bareRate = (task: BareTask): readonly number[] =>
    bareFound.get(task)!.map(({ ms }) => (1_000 * batch) / ms);
  const gflops = (task: BareTask): number =>
    median(bareFound.get(task)!.map((found) => found.gflopsPerSecond));
  const bareMs = median(bareFound.get("single")!.map(({ ms }) => ms));
  // Each round's pair, so that a machine whose speed drifts does not decide it.
  const ratio = (speeds: readonly EmbedSpeed[]): number =>
    median(speeds.map(({ textsPerSecond }, round) => textsPerSecond / bareRate("batches")[round]!));
  const throughHttp = ratio(served.one);
  const singles = median(
    served.singles.map(({ textsPerSecond }, round) => textsPerSecond / served.of64[round]!.textsPerSecond),
  );
  const idle = median(idleMs);
  const verdicts = [
    [
      throughHttp >= 0.95,
      `batch ${batch} through HTTP: ${throughHttp.toFixed(3)} of the bare loop, wanted 0.95`,
    ],
    [
      idle <= 1.15 * bareMs + 1,
      `one text, idle: p50 ${idle.toFixed(2)} ms, a bare call ${bareMs.toFixed(2)} ms, wanted at most 1.15 x + 1 = ${(1.15 * bareMs + 1).toFixed(2)} ms`,
    ],
    [singles >= 0.8, `64 clients of one text: ${singles.toFixed(3)} of batches of 64, wanted 0.8`],
  ] as const;
  const good = verdicts.every(([holds]) => holds);
  console.log(
    `Through HTTP, weir serve reaches ${(100 * throughHttp).toFixed(1)} % of what ONNX Runtime does when it is called bare` +
      (good ? "." : "; not all is as it is meant to be."),
  );
  console.log(`${describeMachine()}; model ${model}, ${threads} threads\n`);
  const line = (name: string, value: string): void => console.log(`${name.padEnd(52)}${value.padStart(16)}`);
  line(
    `bare, ${batch} x 1,000 characters as a replica cuts them`,
    `${median(bareRate("batches")).toFixed(1)} texts/s`,
  );
  line("bare, the same as one batch", `${median(bareRate("whole")).toFixed(1)} texts/s`);
  line("weir serve, one client", `${rate(served.one).toFixed(1)} texts/s`);
  line(
    `weir serve, two clients (${ratio(served.two).toFixed(3)} of bare)`,
    `${rate(served.two).toFixed(1)} texts/s`,
  );
  line("weir serve, 64 x 200 characters", `${rate(served.of64).toFixed(1)} texts/s`);
  line("weir serve, 64 clients of 200 characters", `${rate(served.singles).toFixed(1)} texts/s`);
  const [reached, peak] = [gflops("batches"), gflops("matmul")];
  console.log(
    `\nthe bare loop computes ${reached.toFixed(0)} GFLOP/s (products of matrices in padded tokens), one large product alone ` +
      `${peak.toFixed(0)}: ${(reached / peak).toFixed(2)} of it`,
  );
  const cores = Math.max(
    ...Object.values(served)
      .flat()
      .map(({ generatorCores }) => generatorCores),
  );
  console.log(`the generator took at most ${(100 * cores).toFixed(0)} % of a core\n`);
  for (const [holds, text] of verdicts) console.log(`${holds ? "ok    " : "MISSED"} ${text}`);
  process.exitCode = good ? 0 : 1;
}

/** The median of single texts with a rest before each. */
async function timeIdle(url: string, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = JSON.stringify({ input: shortText, encoding_format: "base64" });
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    await delay(restMs);
    const { ms, status, text } = await timedCall(`${url}/v1/embeddings`, { agent, body });
    if (status !== 200) throw new Error(`status ${status}: ${text}`);
    times.push(ms);
  }
  agent.destroy();
  return median(times);
}

async function runBare({ model, threads, directory, passes, singles }: BarePlan): Promise<void> {
  const session = await openBareSession(locateOnnxFile(model), threads);
  const runs: Readonly<Record<BareTask, BareRun & { readonly count: number; readonly restMs: number }>> = {
    batches: { ...(await prepareBareRun(session, model, longTexts)), count: passes, restMs: 0 },
    whole: { ...(await prepareBareRun(session, model, longTexts, true)), count: passes, restMs: 0 },
    single: { ...(await prepareBareRun(session, model, shortText)), count: singles, restMs },
    matmul: { ...(await prepareMatMul(directory, threads)), count: 10, restMs: 0 },
  };
  say("ready");
  let next = 0;
  await untilFinished(() => {
    const task = bareTasks[next++ % bareTasks.length]!;
    void timeRuns(runs[task]).then(say);
  });
}

async function timeRuns({
  run,
  flops,
  count,
  restMs,
}: BareRun & { readonly count: number; readonly restMs: number }): Promise<BareFound> {
  const times: number[] = [];
  for (let pass = 0; pass < count; pass++) {
    if (restMs > 0) await delay(restMs);
    const fromMs = performance.now();
    await run();
    times.push(performance.now() - fromMs);
  }
  const allMs = times.reduce((sum, ms) => sum + ms, 0);
  return { ms: restMs > 0 ? median(times) : allMs / count, gflopsPerSecond: (flops * count) / allMs / 1e6 };
}
