/**
 * What a constant rate costs, and how constant it is. First against nginx: lag and CPU of the generator, sleeping and
 * spinning, beside a loop that does nothing but look at the clock: how late that is nobody on this machine can help. Then against a server that notes when requests come: how even their gaps are, beside autocannon at the same
 * rate. Server and generator have a core each; rounds take turns, and medians over rounds are shown.
 *
 *     npm run bench -- constant-rate [--rate 1000] [--seconds 5] [--rounds 3]
 */
import { createRequire } from "node:module";
import { runLoad } from "@weir/load";
import { Histogram } from "@weir/stats";
import { startArrivalServer } from "./lib/arrival-server.ts";
import { constantRate, plainLoad } from "./lib/http-load.ts";
import { median } from "./lib/median.ts";
import { readPart, say, startPart, untilFinished, type Part } from "./lib/part.ts";
import { startNginx } from "./lib/start-nginx.ts";
import { timedCommand } from "./lib/timed-command.ts";
import { positive, readFlags, whole } from "./lib/read-flags.ts";

const serverCore = 0;
const generatorCore = 1;

interface Task {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly precise: boolean;
}

interface Seen {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Share of a core. */
  readonly cpu: number;
}

/** How requests came to the server. */
interface Gaps {
  readonly requests: number;
  /** Standard deviation over mean: 0 where all gaps are the same, 1 for chance. */
  readonly variation: number;
  /** Share of gaps shorter than a tenth of what they should be: requests that came in one bunch. */
  readonly bunched: number;
}

const part = readPart();
if (part === undefined) await measure();
else if (part.name === "weir") say(await runWeir(part.input as Task));
else if (part.name === "clock") say(watchClock(part.input as Task));
else await serve(part.input as { readonly perSecond: number });

async function measure(): Promise<void> {
  const flags = readFlags({
    rate: positive(1_000),
    seconds: positive(5),
    rounds: whole(3),
  });
  const { rate: perSecond, seconds, rounds } = flags;
  const task = { perSecond, seconds };
  console.log(`${perSecond} requests/s, ${rounds} rounds of ${seconds} s`);
  const lagsHold = await measureLags(task, rounds);
  await measureGaps(task, rounds);
  process.exitCode = lagsHold ? 0 : 1;
}

async function measureLags(task: Pick<Task, "perSecond" | "seconds">, rounds: number): Promise<boolean> {
  await using nginx = await startNginx(serverCore);
  if (nginx === undefined) {
    console.log("nginx is not installed: apt-get install nginx-light");
    return false;
  }
  const idle: Seen[] = [];
  const modes = [
    { name: "sleeping", precise: false, p99Ms: 2, cpu: 0.3, seen: [] as Seen[] },
    { name: "spinning", precise: true, p99Ms: 0.3, cpu: Infinity, seen: [] as Seen[] },
  ];
  for (let round = 0; round < rounds; round += 1) {
    for (const { precise, seen } of round % 2 === 0 ? modes : modes.toReversed())
      seen.push(await generate({ ...task, precise, url: nginx.url }));
    idle.push(await askPart("clock", { ...task, precise: true, url: nginx.url }));
  }
  console.log("\ngenerator   lag p50   lag p99   lag max    CPU of a core");
  console.log(`a clock   ${toRow(idle)}`);
  let allHold = true;
  for (const { name, p99Ms, cpu, seen } of modes) {
    const figure = (of: (seen: Seen) => number): number => median(seen.map(of));
    const p99 = figure((seen) => seen.p99);
    const share = figure((seen) => seen.cpu);
    const holds = p99 <= p99Ms && share <= cpu;
    allHold &&= holds;
    const wanted = `wanted p99 <= ${p99Ms} ms${cpu === Infinity ? "" : `, CPU <= ${cpu * 100} %`}`;
    console.log(`${name.padEnd(10)}${toRow(seen)}   ${wanted}: ${holds ? "ok" : "MISSED"}`);
  }
  return allHold;
}

function toRow(seen: readonly Seen[]): string {
  const cells = (["p50", "p99", "max"] as const).map((name) =>
    `${median(seen.map((each) => each[name])).toFixed(3)} ms`.padStart(10),
  );
  return `${cells.join("")}${(median(seen.map(({ cpu }) => cpu)) * 100).toFixed(1).padStart(13)} %`;
}

async function measureGaps(task: Pick<Task, "perSecond" | "seconds">, rounds: number): Promise<void> {
  await using server = startPart(import.meta.url, "server", task, { core: serverCore });
  const { port } = await server.next<{ port: number }>();
  const url = `http://127.0.0.1:${port}/`;
  const tools = [
    { name: "weir, sleeping", run: () => generate({ ...task, url, precise: false }), gaps: [] as Gaps[] },
    { name: "weir, spinning", run: () => generate({ ...task, url, precise: true }), gaps: [] as Gaps[] },
    { name: "autocannon -R", run: () => runAutocannon({ ...task, url }), gaps: [] as Gaps[] },
  ];
  for (let round = 0; round < rounds; round += 1) {
    for (const { run, gaps } of round % 2 === 0 ? tools : tools.toReversed()) {
      await run();
      gaps.push(await askForGaps(server));
    }
  }
  console.log("\nas the server saw it    requests   gap CV (0 is constant)   gaps under a tenth of the mean");
  for (const { name, gaps } of tools) {
    const figure = (of: (gaps: Gaps) => number): number => median(gaps.map(of));
    const cells = [
      figure(({ requests }) => requests)
        .toFixed(0)
        .padStart(9),
      figure(({ variation }) => variation)
        .toFixed(2)
        .padStart(12),
      `${(figure(({ bunched }) => bunched) * 100).toFixed(1)} %`.padStart(30),
    ];
    console.log(`${name.padEnd(23)}${cells.join("")}`);
  }
}

async function generate(task: Task): Promise<Seen> {
  return await askPart("weir", task);
}

async function askPart(name: string, task: Task): Promise<Seen> {
  await using part = startPart(import.meta.url, name, task, { core: generatorCore });
  return await part.next<Seen>();
}

async function runAutocannon({ url, perSecond, seconds }: Omit<Task, "precise">): Promise<void> {
  const program = createRequire(import.meta.url).resolve("autocannon");
  const flags = ["-c", "16", "-R", String(perSecond), "-d", String(seconds), "--json", "--no-progress", url];
  await timedCommand(generatorCore, [process.execPath, program, ...flags]);
}

async function runWeir({ url, perSecond, seconds, precise }: Task): Promise<Seen> {
  const { latencyMs, counts, generator } = await runLoad({
    ...plainLoad(url, constantRate(perSecond, "constant"), seconds * 1000),
    preciseTiming: precise,
    // The compiler's threads are on the same core: until they have done their work they are in the way.
    warmupMs: 3000,
  });
  if (counts.failed.total > 0) throw new Error(JSON.stringify(counts.failed));
  const { p50, p99, max } = latencyMs.lag;
  return { p50: p50!, p99: p99!, max: max!, cpu: generator.cpu.cores };
}

/** How late a loop sees the moments at which something would be due. */
function watchClock({ perSecond, seconds }: Task): Seen {
  const lateMs = new Histogram();
  const startMs = performance.now();
  for (let due = 1; due <= perSecond * seconds; due += 1) {
    const dueMs = startMs + (due * 1000) / perSecond;
    let nowMs = performance.now();
    while (nowMs < dueMs) nowMs = performance.now();
    lateMs.record(nowMs - dueMs);
  }
  return { p50: lateMs.quantile(0.5), p99: lateMs.quantile(0.99), max: lateMs.max, cpu: 1 };
}

/** Asks the server part for what it saw since it was last asked. */
async function askForGaps(server: Part): Promise<Gaps> {
  server.ask();
  return await server.next<Gaps>();
}

async function serve({ perSecond }: { readonly perSecond: number }): Promise<void> {
  const { port, take } = await startArrivalServer();
  say({ port });
  await untilFinished(() => say(describeGaps(take(), perSecond)));
  process.exit();
}

// The first second is its beginning: connections open, code warms up.
function describeGaps(timesMs: Float64Array, perSecond: number): Gaps {
  const kept = timesMs.subarray(timesMs.findIndex((atMs) => atMs > timesMs[0]! + 1000));
  const gapsMs = Array.from(kept.subarray(1), (atMs, index) => atMs - kept[index]!);
  const meanMs = gapsMs.reduce((sum, gapMs) => sum + gapMs, 0) / gapsMs.length;
  const variance = gapsMs.reduce((sum, gapMs) => sum + (gapMs - meanMs) ** 2, 0) / gapsMs.length;
  const shortMs = 100 / perSecond;
  return {
    requests: timesMs.length,
    variation: Math.sqrt(variance) / meanMs,
    bunched: gapsMs.filter((gapMs) => gapMs < shortMs).length / gapsMs.length,
  };
}
