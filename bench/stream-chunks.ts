/**
 * Chunks of streamed chat answers per second of the client's CPU: ours beside a client of `node:http` that does the same
 * (splits the events, finds the text with JSON.parse, notes when each came). Server and client have a core each. First
 * flat out, in bursts of 8 frames a write: the client is the limit, as a slow reader finds several frames in each read.
 * Then flat out with single frames, where our own client waits for the server, and at a pace, where every chunk comes
 * alone: there the system's work for a read is most of it, and that nobody saves. Rounds take turns; the median over
 * rounds of the ratio within a round counts.
 *
 *     npm run bench -- stream-chunks [--streams 100] [--chunks 500] [--answers 3000] [--rounds 5]
 */
import { Agent } from "node:http";
import { runLoad } from "@weir/load";
import type { MockOptions } from "@weir/mock";
import { createSchedule, Histogram } from "@weir/stats";
import { chatWorkload } from "./lib/chat-load.ts";
import { startChunkBlaster } from "./lib/chunk-blaster.ts";
import { median } from "./lib/median.ts";
import { serveMock } from "./lib/mock-part.ts";
import { readPart, say, startPart, untilFinished } from "./lib/part.ts";
import { readPlainStream } from "./lib/plain-chat-client.ts";
import { readFlags, whole } from "./lib/read-flags.ts";

const serverCore = 0;
const clientCore = 1;
const wanted = 3;

interface Task {
  readonly url: string;
  readonly streams: number;
  readonly chunks: number;
  readonly answers: number;
}

const part = readPart();
if (part === undefined) await measure();
else if (part.name === "mock") await serveMock(part.input as Partial<MockOptions>);
else if (part.name === "blaster")
  await blast(part.input as { readonly chunks: number; readonly burst: number });
else {
  const task = part.input as Task;
  say(await (part.name === "weir" ? runWeir(task) : runPlain(task)));
}

async function measure(): Promise<void> {
  const flags = readFlags({
    streams: whole(100),
    chunks: whole(500),
    answers: whole(3_000),
    rounds: whole(5),
  });
  const { streams, chunks, answers, rounds } = flags;
  console.log(`${streams} streams at once of ${chunks} chunks; chunks per CPU-second of the client`);
  console.log("                      weir   node:http   ratio, median (least to most) of rounds");
  const task = { streams, chunks };
  const fast = await compare("blaster", { chunks, burst: 8 }, { ...task, answers }, rounds);
  print("bursts of 8", fast);
  print("single frames", await compare("blaster", { chunks, burst: 1 }, { ...task, answers }, rounds));
  // A hundred streams of 100 chunks a second: what a large model server sends.
  const paced = { chunks, ttftMs: 20, gapMs: 10 };
  print("at a pace", await compare("mock", paced, { ...task, answers: streams }, rounds));
  const ratio = median(fast.map(([ours, theirs]) => ours / theirs));
  const holds = ratio >= wanted;
  console.log(
    `${holds ? "ok    " : "MISSED"} ${ratio.toFixed(2)} x node:http in bursts, wanted at least ${wanted}`,
  );
  process.exitCode = holds ? 0 : 1;
}

type Pair = readonly [ours: number, theirs: number];

async function compare(
  server: string,
  input: unknown,
  task: Omit<Task, "url">,
  rounds: number,
): Promise<Pair[]> {
  await using running = startPart(import.meta.url, server, input, { core: serverCore });
  const { url } = await running.next<{ url: string }>();
  const run = async (client: string): Promise<number> => {
    await using part = startPart(import.meta.url, client, { ...task, url }, { core: clientCore });
    return await part.next<number>();
  };
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) pairs.push([await run("weir"), await run("plain")]);
    else {
      const theirs = await run("plain");
      pairs.push([await run("weir"), theirs]);
    }
  }
  return pairs;
}

function print(name: string, pairs: readonly Pair[]): void {
  const ratios = pairs.map(([ours, theirs]) => ours / theirs);
  const range = `(${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
  const speeds = [0, 1].map((side) =>
    median(pairs.map((pair) => pair[side]!))
      .toFixed(0)
      .padStart(12),
  );
  console.log(`${name.padEnd(14)}${speeds.join("")}   ${median(ratios).toFixed(2)} ${range}`);
}

async function blast(input: { readonly chunks: number; readonly burst: number }): Promise<void> {
  say({ url: `http://127.0.0.1:${await startChunkBlaster(input.chunks, input.burst)}` });
  await untilFinished();
  process.exit();
}

/** Chunks per CPU-second of what is run. */
async function perCpuSecond(chunks: number, run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (chunks * 1e6) / (user + system);
}

async function runWeir({ url, streams, chunks, answers }: Task): Promise<number> {
  const run = async (requests: number): Promise<void> => {
    const { counts, streams: seen } = await runLoad({
      url,
      workload: chatWorkload("measure", chunks),
      schedule: createSchedule({
        seed: 1,
        segments: [{ kind: "users", from: streams, to: streams, durationMs: null }],
      }),
      stop: { durationMs: undefined, requests },
      warmupMs: 0,
      transport: { headers: {}, connectTimeoutMs: 10_000, timeoutMs: 60_000 },
    });
    const got = (seen.chunkGapMs?.n ?? 0) + (seen.ttftMs?.n ?? 0);
    if (got !== requests * chunks)
      throw new Error(`saw ${got} of ${requests * chunks} chunks: ${JSON.stringify(counts)}`);
  };
  await run(streams);
  return await perCpuSecond(answers * chunks, () => run(answers));
}

async function runPlain({ url, streams, chunks, answers }: Task): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const [ttft, gap] = [new Histogram(), new Histogram()];
  const run = async (requests: number): Promise<void> => {
    let begun = 0;
    const before = ttft.n + gap.n;
    await Promise.all(
      Array.from({ length: streams }, async () => {
        while (begun < requests) {
          begun += 1;
          const seen = await readPlainStream(url, agent, chunks);
          ttft.record(seen.ttftMs);
          for (const ms of seen.gapsMs) gap.record(ms);
        }
      }),
    );
    const got = ttft.n + gap.n - before;
    if (got !== requests * chunks) throw new Error(`saw ${got} of ${requests * chunks} chunks`);
  };
  await run(streams);
  const rate = await perCpuSecond(answers * chunks, () => run(answers));
  agent.destroy();
  return rate;
}
