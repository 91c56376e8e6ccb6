/**
 * Requests a second through 64 connections against nginx, beside what others reach: nginx on one core, the generator on
 * another, all clocks and histograms on. Rounds go A B C, C B A, so that a machine whose speed drifts decides nothing;
 * what counts is the median over rounds of the ratio within a round. Where nginx is the limit (its core is full), a
 * second ratio tells more: requests per second of the generator's own CPU time. The start of the other programs is part
 * of theirs.
 *
 *     npm run bench -- transport-speed [--rounds 5] [--seconds 3] [--connections 64] [--only weir,wrk]
 */
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { runLoad } from "@weir/load";
import { createSchedule } from "@weir/stats";
import { bareLoop } from "./lib/bare-loop.ts";
import { cpuTimeMs } from "./lib/cpu-time.ts";
import { plainLoad } from "./lib/http-load.ts";
import { median } from "./lib/median.ts";
import { nodeHttpLoop } from "./lib/node-http-loop.ts";
import { canPin, readPart, say, startPart } from "./lib/part.ts";
import { startNginx } from "./lib/start-nginx.ts";
import { endWithMessage } from "./lib/end-with-message.ts";
import { hasProgram, timedCommand } from "./lib/timed-command.ts";
import { positive, readFlags, whole, words } from "./lib/read-flags.ts";

const serverCore = 0;
const generatorCore = 1;
/** Share of a core that a generator takes when neither its server nor anything else on the machine holds it up. */
const fullCpu = 0.9;

interface Task {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
}

interface Speed {
  readonly perSecond: number;
  /** Of the generator. */
  readonly cpuMs: number;
}

interface Tool {
  readonly missing?: string | undefined;
  run(task: Task): Promise<Speed>;
}

interface Round extends Speed {
  readonly serverCpu: number;
}

const targets = [
  { tool: "wrk -t1", least: 0.6 },
  { tool: "autocannon 9", least: 1.7 },
  { tool: "hey", least: 2.5 },
];

const tools: Readonly<Record<string, Tool>> = {
  weir: { run: (task) => runPart("weir", task) },
  "wrk -t1": {
    missing: hasProgram("wrk") ? undefined : "apt-get install wrk",
    run: ({ url, connections, seconds }) =>
      runProgram(["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, url], readRate),
  },
  hey: {
    missing: hasProgram("hey") ? undefined : "apt-get install hey",
    run: ({ url, connections, seconds }) =>
      runProgram(["hey", "-c", String(connections), "-z", `${seconds}s`, url], readRate),
  },
  "autocannon 9": {
    run: ({ url, connections, seconds }) => {
      const program = createRequire(import.meta.url).resolve("autocannon");
      const flags = ["-c", String(connections), "-d", String(seconds), "--json", "--no-progress", url];
      return runProgram([process.execPath, program, ...flags], (text) => {
        const { requests, duration } = JSON.parse(text) as { requests: { total: number }; duration: number };
        return requests.total / duration;
      });
    },
  },
  "node:http agent": { run: (task) => runPart("node-http", task) },
  "bare net loop": { run: (task) => runPart("bare", task) },
};

const part = readPart();
if (part === undefined) await measure();
else {
  const parts: Readonly<Record<string, (task: Task) => Promise<number>>> = {
    weir: runWeir,
    "node-http": ({ url, connections, seconds }) => nodeHttpLoop(url, connections, seconds * 1000),
    bare: ({ url, connections, seconds }) => bareLoop(new URL(url), connections, seconds * 1000),
  };
  const before = process.cpuUsage();
  const perSecond = await parts[part.name]!(part.input as Task);
  const { user, system } = process.cpuUsage(before);
  say({ perSecond, cpuMs: (user + system) / 1000 } satisfies Speed);
}

async function measure(): Promise<void> {
  const flags = readFlags({
    rounds: whole(5),
    seconds: positive(3),
    connections: whole(64),
    only: words(undefined),
  });
  const wanted = flags.only?.split(",");
  const unknown = wanted?.find((word) => !Object.keys(tools).some((name) => name.startsWith(word)));
  if (unknown !== undefined)
    endWithMessage(`--only: expected how one of ${Object.keys(tools).join(", ")} begins, got "${unknown}"`);
  await using nginx = await startNginx(serverCore);
  if (nginx === undefined) {
    console.log("nginx is not installed: apt-get install nginx-light");
    process.exitCode = 1;
    return;
  }
  if (!canPin || cpus().length < 2)
    console.log("no taskset, or one core only: generator and server get in each other's way");
  const task = { url: nginx.url, connections: flags.connections, seconds: flags.seconds };
  const names: string[] = [];
  for (const [name, { missing }] of Object.entries(tools)) {
    if (wanted !== undefined && !wanted.some((word) => name.startsWith(word))) continue;
    if (missing === undefined) names.push(name);
    else console.log(`${name} is left out; to have it: ${missing}`);
  }
  const rounds = new Map(names.map((name) => [name, [] as Round[]]));
  for (let round = 0; round < flags.rounds; round += 1) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) {
      const beforeMs = cpuTimeMs(nginx.pid);
      const speed = await tools[name]!.run(task);
      const serverCpu = (cpuTimeMs(nginx.pid) - beforeMs) / (task.seconds * 1000);
      rounds.get(name)!.push({ ...speed, serverCpu });
    }
  }
  print(rounds, task.seconds);
}

function print(rounds: ReadonlyMap<string, readonly Round[]>, seconds: number): void {
  const perCpu = ({ perSecond, cpuMs }: Round): number => (perSecond * seconds * 1000) / cpuMs;
  console.log(
    "                              CPU of            weir / tool, median (least to most) of rounds",
  );
  console.log("tool              requests/s  tool   nginx      requests/s              per CPU-second");
  for (const [name, values] of rounds) {
    const share = (of: (round: Round) => number): string =>
      `${(median(values.map(of)) * 100).toFixed(0)} %`.padStart(7);
    const row = [
      name.padEnd(16),
      median(values.map(({ perSecond }) => perSecond))
        .toFixed(0)
        .padStart(12),
      share(({ cpuMs }) => cpuMs / (seconds * 1000)),
      share(({ serverCpu }) => serverCpu),
    ].join("");
    const speeds = describe(ratios(rounds, name, ({ perSecond }) => perSecond));
    console.log(`${row}      ${speeds.padEnd(22)}  ${describe(ratios(rounds, name, perCpu))}`.trimEnd());
  }
  const ours = median((rounds.get("weir") ?? []).map(({ cpuMs }) => cpuMs / (seconds * 1000)));
  if (ours < fullCpu)
    console.log("something else used the generator's core: only the figures per CPU-second say something");
  for (const { tool, least } of targets) {
    const ratio = median(ratios(rounds, tool, ({ perSecond }) => perSecond));
    if (Number.isNaN(ratio)) continue;
    const holds = ratio >= least;
    if (!holds) process.exitCode = 1;
    const each = median(ratios(rounds, tool, perCpu)).toFixed(2);
    const verdict = holds ? "ok    " : "MISSED";
    console.log(
      `${verdict} ${ratio.toFixed(2)} x ${tool}, wanted at least ${least} (${each} x per CPU-second)`,
    );
  }
}

/** Ours over theirs, round by round. */
function ratios(
  rounds: ReadonlyMap<string, readonly Round[]>,
  name: string,
  of: (round: Round) => number,
): number[] {
  const ours = rounds.get("weir") ?? [];
  const theirs = name === "weir" ? [] : (rounds.get(name) ?? []);
  return theirs.flatMap((round, index) => (ours[index] === undefined ? [] : of(ours[index]) / of(round)));
}

function describe(values: readonly number[]): string {
  if (values.length === 0) return "";
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

async function runPart(name: string, task: Task): Promise<Speed> {
  await using part = startPart(import.meta.url, name, task, { core: generatorCore });
  return await part.next<Speed>();
}

async function runProgram(command: readonly string[], read: (text: string) => number): Promise<Speed> {
  const { text, cpuMs } = await timedCommand(generatorCore, command);
  return { perSecond: read(text), cpuMs };
}

// wrk and hey say it in the same words.
function readRate(text: string): number {
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(text)?.[1];
  if (rate === undefined) throw new Error(`no rate in what the tool said: ${text}`);
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`not all answers were good: ${text}`);
  return Number(rate);
}

async function runWeir({ url, connections, seconds }: Task): Promise<number> {
  const schedule = createSchedule({
    seed: 1,
    segments: [{ kind: "users", from: connections, to: connections, durationMs: null }],
  });
  const { counts, window } = await runLoad(plainLoad(url, schedule, seconds * 1000));
  if (counts.failed.total > 0) throw new Error(JSON.stringify(counts.failed));
  return (counts.completed * 1000) / (window.endMs - window.startMs);
}
