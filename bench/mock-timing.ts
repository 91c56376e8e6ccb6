/**
 * How exact the mock is: its own error (when a write had returned, minus when it was due), and the error that a bare
 * socket in this process sees from outside (TTFT and chunk gaps against the plan), at 1 to 1,000 streams of 50 chunks a
 * second. The mock runs in a process of its own. CPU is the mock's, in share of a core.
 *
 *     npm run bench -- mock-timing [--seconds 4] [--streams 1,10,100,500,1000] [--no-spin]
 */
import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startMock, type MockTiming } from "@weir/mock";
import { Histogram } from "@weir/stats";
import { given, positive, readFlags, wholes, words } from "./lib/read-flags.ts";

const ttftMs = 100;
const gapMs = 20;

const flags = readFlags({
  seconds: positive(4),
  streams: wholes(1, 10, 100, 500, 1_000),
  "no-spin": given,
  serve: words(undefined),
});

if (flags.serve === undefined) await measure();
else await serve(JSON.parse(flags.serve) as { chunks: number; spin: boolean });

/** The other process: serves, and says its CPU time and timing when its input ends. */
async function serve({ chunks, spin }: { chunks: number; spin: boolean }): Promise<void> {
  await using mock = await startMock({ ttftMs, gapMs, chunks, spin });
  console.log(mock.url);
  for await (const _ of process.stdin) {
    // Ends with the other side.
  }
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ timing: mock.timing, cpuMs: (user + system) / 1000 }));
}

async function measure(): Promise<void> {
  const chunks = Math.round((flags.seconds * 1000) / gapMs);
  console.log(
    "streams  chunks/s  mock cpu  mock error p50/p99/max ms  seen: TTFT p50/p99 ms  gap |error| p50/p99 ms",
  );
  for (const streams of flags.streams) {
    const seen = await load(streams, chunks);
    const { chunkErrorMs: own } = seen.timing;
    const cells = [
      String(streams).padStart(7),
      seen.chunksPerSecond.toFixed(0).padStart(8),
      `${(seen.cpuShare * 100).toFixed(0)} %`.padStart(8),
      [own.p50, own.p99, own.max]
        .map((ms) => ms?.toFixed(2) ?? "-")
        .join(" / ")
        .padStart(25),
      [0.5, 0.99]
        .map((q) => seen.firstError.quantile(q).toFixed(2))
        .join(" / ")
        .padStart(22),
      [0.5, 0.99]
        .map((q) => seen.gapError.quantile(q).toFixed(2))
        .join(" / ")
        .padStart(24),
    ];
    console.log(cells.join("  "));
  }
}

interface Seen {
  readonly timing: MockTiming;
  readonly cpuShare: number;
  readonly chunksPerSecond: number;
  readonly firstError: Histogram;
  readonly gapError: Histogram;
}

async function load(streams: number, chunks: number): Promise<Seen> {
  const told = JSON.stringify({ chunks, spin: !flags["no-spin"] });
  const args = [...process.execArgv, fileURLToPath(import.meta.url), "--serve", told];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const url = new URL((await lines.next()).value as string);
  const firstError = new Histogram();
  const gapError = new Histogram();
  // Warms the mock's code up; its lateness then is part of what it reports.
  await Promise.all(Array.from({ length: 10 }, () => readStream(url, new Histogram(), new Histogram())));
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: streams }, async (_, index) => {
      // Arrivals are spread, so that first tokens are not all due in one millisecond.
      await delay((index / streams) * 1000);
      await readStream(url, firstError, gapError);
    }),
  );
  const tookMs = performance.now() - startedMs;
  child.stdin.end();
  const { timing, cpuMs } = JSON.parse((await lines.next()).value as string) as {
    timing: MockTiming;
    cpuMs: number;
  };
  const wholeMs = tookMs + ttftMs + chunks * gapMs;
  const chunksPerSecond = (streams * chunks) / (tookMs / 1000);
  return { timing, cpuShare: cpuMs / wholeMs, chunksPerSecond, firstError, gapError };
}

/** One stream on a bare socket. Frames are counted by the bytes that open one; the first is the role's. */
function readStream(url: URL, firstError: Histogram, gapError: Histogram): Promise<void> {
  const body = JSON.stringify({ stream: true, messages: [{ role: "user", content: "measure" }] });
  return new Promise((resolve, reject) => {
    let sentMs = 0;
    let lastMs = 0;
    let frames = 0;
    const socket: Socket = connect(Number(url.port), url.hostname, () => {
      sentMs = performance.now();
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      const nowMs = performance.now();
      for (let at = bytes.indexOf('"content":"'); at !== -1; at = bytes.indexOf('"content":"', at + 1)) {
        frames += 1;
        if (frames === 2) firstError.record(nowMs - sentMs - ttftMs);
        else if (frames > 2) gapError.record(Math.abs(nowMs - lastMs - gapMs));
        lastMs = nowMs;
      }
    });
    socket.on("close", () => resolve());
    socket.on("error", reject);
  });
}
