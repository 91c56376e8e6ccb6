/**
 * How true our times of tokens are: TTFT and chunk gaps against a mock that sends the first token after 100 ms and a
 * chunk every 20 ms, at 1 to 1,000 streams, on cores that both share. An error is what was measured minus what was due,
 * so it holds the mock's own lateness, which stands beside it (as far as the mock can know it: from when it had read the
 * request, to when a write had returned). A client of `node:http` and JSON.parse is measured in the same rounds.
 *
 *     npm run bench -- stream-truth [--streams 1,10,100,500,1000] [--seconds 4] [--rounds 3]
 */
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { runLoad } from "@weir/load";
import type { MockOptions } from "@weir/mock";
import { createSchedule, Histogram, toDistribution, type Distribution } from "@weir/stats";
import { chatWorkload } from "./lib/chat-load.ts";
import { median } from "./lib/median.ts";
import { serveMock, startMockPart } from "./lib/mock-part.ts";
import { readPart, say, startPart } from "./lib/part.ts";
import { readPlainStream } from "./lib/plain-chat-client.ts";
import { positive, readFlags, whole, wholes } from "./lib/read-flags.ts";

const ttftMs = 100;
const gapMs = 20;
/** Streams begin within this time, so that first tokens are not all due at once. */
const spreadMs = 1000;
/** Largest median error of TTFT, by number of streams. */
const targets: ReadonlyMap<number, number> = new Map([
  [100, 5],
  [1000, 30],
]);

interface Task {
  readonly url: string;
  readonly streams: number;
  readonly chunks: number;
}

/** In milliseconds. */
interface Times {
  readonly ttft: Distribution;
  readonly gap: Distribution;
}

interface Round extends Times {
  readonly mockFirst: Distribution;
  readonly mockChunk: Distribution;
}

const clients = ["weir", "node:http"] as const;

const part = readPart();
if (part === undefined) await measure();
else if (part.name === "mock") await serveMock(part.input as Partial<MockOptions>);
else {
  const task = part.input as Task;
  say(await (part.name === "weir" ? runWeir(task) : runPlain(task)));
}

async function measure(): Promise<void> {
  const flags = readFlags({
    streams: wholes(1, 10, 100, 500, 1_000),
    seconds: positive(4),
    rounds: whole(3),
  });
  const chunks = Math.round((flags.seconds * 1000) / gapMs);
  console.log("errors in ms, medians over rounds; the mock's own beside");
  console.log(
    "                   TTFT                          gap                   mock's TTFT       mock's chunk",
  );
  console.log(
    "streams client     p50      p95      max         p95      max          p50     max       p50     max",
  );
  for (const streams of flags.streams) {
    const rounds = new Map(clients.map((client) => [client, [] as Round[]]));
    for (let round = 0; round < flags.rounds; round += 1) {
      for (const client of round % 2 === 0 ? clients : clients.toReversed())
        rounds.get(client)!.push(await runRound(client, streams, chunks));
    }
    for (const client of clients) print(client, streams, rounds.get(client)!);
  }
}

async function runRound(client: string, streams: number, chunks: number): Promise<Round> {
  await using mock = await startMockPart(import.meta.url, { ttftMs, gapMs, chunks });
  const task = { url: mock.url, streams, chunks };
  await using generator = startPart(import.meta.url, client, task);
  const times = await generator.next<Times>();
  const { timing } = await mock.report();
  return { ...times, mockFirst: timing.firstTokenErrorMs, mockChunk: timing.chunkErrorMs };
}

function print(client: string, streams: number, rounds: readonly Round[]): void {
  const cell = (of: (round: Round) => number | null, dueMs: number, width: number): string => {
    const values = rounds.map(of);
    const known = values.filter((value) => value !== null);
    return (known.length === 0 ? "-" : (median(known) - dueMs).toFixed(2)).padStart(width);
  };
  const cells = [
    cell(({ ttft }) => ttft.p50, ttftMs, 9),
    cell(({ ttft }) => ttft.p95, ttftMs, 9),
    cell(({ ttft }) => ttft.max, ttftMs, 9),
    cell(({ gap }) => gap.p95, gapMs, 12),
    cell(({ gap }) => gap.max, gapMs, 9),
    cell(({ mockFirst }) => mockFirst.p50, 0, 13),
    cell(({ mockFirst }) => mockFirst.max, 0, 8),
    cell(({ mockChunk }) => mockChunk.p50, 0, 10),
    cell(({ mockChunk }) => mockChunk.max, 0, 8),
  ];
  const target = client === "weir" ? targets.get(streams) : undefined;
  let verdict = "";
  if (target !== undefined) {
    const holds = median(rounds.map(({ ttft }) => ttft.p50!)) - ttftMs <= target;
    if (!holds) process.exitCode = 1;
    verdict = `   p50 <= ${target}: ${holds ? "ok" : "MISSED"}`;
  }
  console.log(`${String(streams).padStart(7)} ${client.padEnd(9)}${cells.join("")}${verdict}`);
}

async function runWeir({ url, streams, chunks }: Task): Promise<Times> {
  const run = async (users: number, outputTokens: number): ReturnType<typeof runLoad> => {
    const result = await runLoad({
      url,
      workload: chatWorkload("measure", outputTokens),
      schedule: createSchedule({
        seed: 1,
        segments: [
          // From the first user on at once, up to all of them.
          { kind: "users", from: 1, to: users, durationMs: spreadMs },
          { kind: "users", from: users, to: users, durationMs: null },
        ],
      }),
      stop: { durationMs: undefined, requests: users },
      warmupMs: 0,
      transport: { headers: {}, connectTimeoutMs: 10_000, timeoutMs: 60_000 },
    });
    if (result.counts.completed !== users) throw new Error(JSON.stringify(result.counts));
    return result;
  };
  // Warms up the code on both sides.
  await run(10, 20);
  const { streams: seen } = await run(streams, chunks);
  return { ttft: seen.ttftMs!, gap: seen.chunkGapMs! };
}

async function runPlain({ url, streams, chunks }: Task): Promise<Times> {
  const agent = new Agent({ keepAlive: true });
  const [ttft, gap] = [new Histogram(), new Histogram()];
  await Promise.all(Array.from({ length: 10 }, () => readPlainStream(url, agent, 20)));
  await Promise.all(
    Array.from({ length: streams }, async (_, index) => {
      await delay((index * spreadMs) / streams);
      const seen = await readPlainStream(url, agent, chunks);
      ttft.record(seen.ttftMs);
      for (const ms of seen.gapsMs) gap.record(ms);
    }),
  );
  agent.destroy();
  return { ttft: toDistribution(ttft), gap: toDistribution(gap) };
}
