/**
 * What a long run holds in memory: the generator's own process, read from outside every few seconds. First at a constant
 * rate, then with many streams that are mostly silent.
 *
 *     npm run bench -- memory [--minutes 10] [--rate 1000] [--streams 10000] [--stream-minutes 2]
 *
 * A stream is an open file on both sides. Where the hard limit is lower than the streams need, it says so; on Linux
 * `ulimit -Hn` shows it, and LimitNOFILE= of systemd or /etc/security/limits.conf raise it.
 */
import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { runLoad, type LoadPlan } from "@weir/load";
import type { MockOptions } from "@weir/mock";
import { createSchedule } from "@weir/stats";
import { chatWorkload } from "./lib/chat-load.ts";
import { residentBytes } from "./lib/cpu-time.ts";
import { constantRate, plainLoad } from "./lib/http-load.ts";
import { median } from "./lib/median.ts";
import { serveMock, startMockPart } from "./lib/mock-part.ts";
import { canPin, readPart, say, startPart } from "./lib/part.ts";
import { startNginx } from "./lib/start-nginx.ts";
import { positive, readFlags, whole } from "./lib/read-flags.ts";

const megabyte = 1024 * 1024;
const samples = 60;

const part = readPart();
if (part === undefined) await measure();
else if (part.name === "mock") await serveMock(part.input as Partial<MockOptions>);
else say(await generate(part.input as LoadPlan));

interface Done {
  readonly completed: number;
  readonly failed: number;
  readonly cutOff: number;
}

async function measure(): Promise<void> {
  const flags = readFlags({
    minutes: positive(10, "or zero"),
    rate: positive(1_000),
    streams: whole(10_000, 0),
    "stream-minutes": positive(2),
  });
  if (!canPin) console.log("no taskset: server and generator get in each other's way");
  const atRate = flags.minutes === 0 || (await measureRate(flags.rate, flags.minutes));
  const streams = flags.streams;
  const idle = streams === 0 || (await measureStreams(streams, flags["stream-minutes"]));
  process.exitCode = atRate && idle ? 0 : 1;
}

async function measureRate(perSecond: number, minutes: number): Promise<boolean> {
  await using nginx = await startNginx(0);
  if (nginx === undefined) {
    console.log("nginx is not installed: apt-get install nginx-light");
    return false;
  }
  console.log(`\n${perSecond} requests/s for ${minutes} min`);
  const curve = await watch(
    plainLoad(nginx.url, constantRate(perSecond, "poisson"), minutes * 60_000),
    undefined,
  );
  // What comes in the first part is code and caches that grow to their size.
  const settled = median(curve.slice(curve.length >> 2, curve.length >> 1));
  const last = median(curve.slice(-(curve.length >> 2)));
  const grownMb = (last - settled) / megabyte;
  const flat = grownMb <= Math.max(10, (settled / megabyte) * 0.1);
  const small = Math.max(...curve) < 200 * megabyte;
  console.log(`  at most ${describeMb(Math.max(...curve))}, wanted under 200 MB: ${small ? "ok" : "MISSED"}`);
  console.log(
    `  from the second to the last quarter ${grownMb.toFixed(1)} MB: ${flat ? "flat" : "it GROWS"}`,
  );
  return flat && small;
}

async function measureStreams(streams: number, minutes: number): Promise<boolean> {
  const openFiles = streams + 200;
  const limit = hardLimit();
  if (limit < openFiles) {
    console.log(`${streams} streams need ${openFiles} open files; the hard limit is ${limit} (ulimit -Hn)`);
    return false;
  }
  const rampMs = Math.max(5000, streams);
  const durationMs = rampMs + minutes * 60_000;
  const gapMs = 5000;
  await using mock = await startMockPart(
    import.meta.url,
    // No stream ends while it is looked at: each is one more in flight.
    { ttftMs: 1000, gapMs, jitterMs: gapMs / 2, chunks: Math.ceil((2 * durationMs) / gapMs), spin: false },
    { core: 0, openFiles },
  );
  console.log(
    `\n${streams} streams with a chunk every ${gapMs / 1000} s for ${minutes} min, all open after ${rampMs / 1000} s`,
  );
  const curve = await watch(
    {
      url: mock.url,
      workload: chatWorkload("idle", 100_000),
      schedule: createSchedule({
        seed: 1,
        segments: [
          { kind: "users", from: 0, to: streams, durationMs: rampMs },
          { kind: "users", from: streams, to: streams, durationMs: null },
        ],
      }),
      stop: { durationMs, requests: undefined },
      warmupMs: 0,
      transport: { headers: {}, connectTimeoutMs: 30_000, timeoutMs: 2 * durationMs },
    },
    openFiles,
  );
  const { log } = await mock.report();
  const most = Math.max(...curve);
  const fits = most < 1024 * megabyte;
  console.log(`  the mock saw ${log.mostActive} streams at once and sent ${log.chunks} chunks`);
  console.log(
    `  at most ${describeMb(most)}, ${(most / streams / 1024).toFixed(1)} kB a stream, wanted under 1024 MB: ${fits ? "ok" : "MISSED"}`,
  );
  return fits && log.mostActive >= streams;
}

/** Carries out a plan in a process of its own; returns what that held while it ran, and draws it. */
async function watch(plan: LoadPlan, openFiles: number | undefined): Promise<number[]> {
  await using generator = startPart(import.meta.url, "weir", plan, { core: 1, openFiles });
  const done = generator.next<Done>();
  let over = false;
  void done.then(
    () => (over = true),
    () => (over = true),
  );
  const curve: number[] = [];
  const everyMs = plan.stop.durationMs! / samples;
  const startedMs = performance.now();
  while (!over) {
    await delay(Math.max(0, startedMs + (curve.length + 1) * everyMs - performance.now()));
    const bytes = residentBytes(generator.pid);
    if (!over && !Number.isNaN(bytes)) curve.push(bytes);
  }
  const { completed, failed, cutOff } = await done;
  draw(curve);
  console.log(`  ${completed} completed, ${failed} failed, ${cutOff} in flight at the end`);
  return curve;
}

async function generate(plan: LoadPlan): Promise<Done> {
  const { counts } = await runLoad(plan);
  return { completed: counts.completed, failed: counts.failed.total, cutOff: counts.cutOff };
}

function draw(curve: readonly number[]): void {
  const height = 6;
  const most = Math.max(...curve);
  for (let row = height; row > 0; row -= 1) {
    const cells = curve.map((bytes) => (bytes / most > (row - 0.5) / height ? "█" : " "));
    console.log(
      `${(row === height ? describeMb(most) : row === 1 ? "0 MB" : "").padStart(8)} │${cells.join("")}`,
    );
  }
}

function describeMb(bytes: number): string {
  return `${(bytes / megabyte).toFixed(0)} MB`;
}

function hardLimit(): number {
  const said = spawnSync("bash", ["-c", "ulimit -Hn"], { encoding: "utf8" }).stdout.trim();
  return said === "unlimited" ? Infinity : Number(said);
}
