/**
 * What a run that keeps its raw rows holds in memory: `weir run --samples` as people run it, a process of its own looked at
 * from outside, against `weir mock` in another. Beside it the same run without rows, which is the floor.
 *
 *     npm run bench -- raw-rows [--requests 2000000] [--users 32] [--workers 1]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { RunRecord } from "@weir/lab";
import type { MockOptions } from "@weir/mock";
import { endWithBench } from "./lib/end-with-bench.ts";
import { serveMock, startMockPart } from "./lib/mock-part.ts";
import { readPart } from "./lib/part.ts";
import { describeMb, MemoryWatch } from "./lib/process-tree.ts";
import { readFlags, whole } from "./lib/read-flags.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { printVerdict } from "./lib/verdict.ts";
import { buildWeir, weirCommand } from "./lib/weir-command.ts";

const mostMegabytes = 300;

const part = readPart();
if (part === undefined) await measure();
else await serveMock(part.input as Partial<MockOptions>);

async function measure(): Promise<void> {
  const flags = readFlags({ requests: whole(2_000_000, 1), users: whole(32, 1), workers: whole(1, 1) });
  buildWeir();
  await using mock = await startMockPart(import.meta.url, { ttftMs: 0 });
  const plain = [
    "run",
    `${mock.url}/health`,
    "--requests",
    flags.requests,
    "--users",
    flags.users,
    "--workers",
    flags.workers,
  ].map(String);
  await watchRun("without rows", plain);
  const most = await watchRun("with raw rows", [...plain, "--samples"]);
  printVerdict(
    `memory of a run of ${flags.requests} requests with raw rows`,
    most / 1e6,
    { most: mostMegabytes },
    "MB",
  );
}

/** Carries a run out and gives the most memory that its process held, in bytes. */
async function watchRun(name: string, args: readonly string[]): Promise<number> {
  using folder = createTemporaryFolder("raw-rows");
  const startedMs = performance.now();
  const child = spawn(process.execPath, [weirCommand, ...args, "--out", folder.path, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const forget = endWithBench(() => child.kill("SIGKILL"));
  using memory = new MemoryWatch(child.pid!, 100);
  const exit = once(child, "exit");
  const record = JSON.parse(await text(child.stdout)) as RunRecord;
  await exit;
  forget();
  const { summary } = record;
  const seconds = (performance.now() - startedMs) / 1000;
  // After the load the rows become Parquet: what that holds is looked at by itself.
  const loadSamples = Math.ceil((summary.window.endMs / 1000 / seconds) * memory.samples.length);
  const most = (samples: readonly number[]): string =>
    describeMb(Math.max(...samples.filter((bytes) => bytes > 0)));
  console.log(
    `${name}: ${summary.completed + summary.failed.total} requests, ${Math.round(summary.requestsPerSecond)}/s for ${(summary.window.endMs / 1000).toFixed(1)} s, ${seconds.toFixed(1)} s in all; ${most(memory.samples.slice(0, loadSamples))} under load, ${most(memory.samples.slice(loadSamples - 1))} after it`,
  );
  if (summary.samples !== null) {
    const { size } = statSync(join(folder.path, record.id, "samples.parquet"));
    console.log(
      `  ${summary.samples.rows} rows in ${(size / 1e6).toFixed(0)} MB, ${summary.samples.dropped} dropped`,
    );
  }
  return Math.max(...memory.samples.filter((bytes) => bytes > 0));
}
