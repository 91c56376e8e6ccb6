/**
 * How long it takes to list many stored runs, and to ask about them in SQL: `weir runs` as people run it, a process of
 * its own each time, over folders that are copies of one real run. In turns; medians. `weir --version` is the floor: Node
 * and the command's start.
 *
 *     npm run bench -- store [--runs 1000] [--turns 7]
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRecord } from "@weir/lab";
import type { MockOptions } from "@weir/mock";
import { median } from "./lib/median.ts";
import { serveMock, startMockPart } from "./lib/mock-part.ts";
import { readPart } from "./lib/part.ts";
import { readFlags, whole } from "./lib/read-flags.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { timedCommand } from "./lib/timed-command.ts";
import { printVerdict } from "./lib/verdict.ts";
import { buildWeir, weirCommand } from "./lib/weir-command.ts";

const mostSeconds = 1;
const sql = "SELECT model, count(*), avg(response_p50_ms) FROM runs GROUP BY model";
const sliceSql = "SELECT run, max(response_p95_ms) AS worst FROM slices GROUP BY run ORDER BY worst LIMIT 5";

const part = readPart();
if (part === undefined) await measure();
else await serveMock(part.input as Partial<MockOptions>);

async function measure(): Promise<void> {
  const flags = readFlags({ runs: whole(1000, 1), turns: whole(7, 1) });
  buildWeir();
  using folder = createTemporaryFolder("store");
  const one = join(folder.path, "one");
  const many = join(folder.path, "many");
  await using mock = await startMockPart(import.meta.url, { ttftMs: 5 });
  await weir("run", mock.url, "--requests", "2000", "--out", one, "--quiet");
  const bytes = copyRun(join(one, readdirSync(one)[0]!), many, flags.runs);
  console.log(`${flags.runs} runs, run.json of ${bytes} bytes each`);
  const commands: Readonly<Record<string, readonly string[]>> = {
    "weir --version": ["--version"],
    "weir runs": ["runs", "--out", many],
    "weir runs --limit 0 --format csv": ["runs", "--out", many, "--limit", "0", "--format", "csv"],
    "weir runs query, of runs": ["runs", "query", sql, "--out", many],
    "weir runs query, of slices": ["runs", "query", sliceSql, "--out", many],
  };
  const times = new Map(Object.keys(commands).map((name) => [name, [] as Took[]]));
  for (let turn = 0; turn < flags.turns; turn += 1)
    for (const [name, args] of Object.entries(commands)) times.get(name)!.push(await weir(...args));
  const half = (name: string, key: keyof Took): number => median(times.get(name)!.map((took) => took[key]));
  for (const name of times.keys())
    console.log(
      `${name.padEnd(36)}${half(name, "seconds").toFixed(2)} s, CPU ${half(name, "cpuSeconds").toFixed(2)} s`,
    );
  printVerdict(
    `a list of ${flags.runs} runs takes`,
    half("weir runs", "seconds"),
    { most: mostSeconds },
    "s",
  );
}

interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Runs the command to its end. */
async function weir(...args: string[]): Promise<Took> {
  const startedMs = performance.now();
  const { cpuMs } = await timedCommand(undefined, [process.execPath, weirCommand, ...args]);
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds: cpuMs / 1000 };
}

function copyRun(from: string, to: string, runs: number): number {
  const record = JSON.parse(readFileSync(join(from, "run.json"), "utf8")) as RunRecord;
  const slices = readFileSync(join(from, "slices.json"));
  let bytes = 0;
  for (let index = 0; index < runs; index += 1) {
    const startedAt = new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString();
    const id = `${startedAt.replaceAll(/[-:]|\.\d+/g, "")}-${index.toString(16).padStart(6, "0")}`;
    const text = JSON.stringify(
      { ...record, id, environment: { ...record.environment, startedAt } },
      undefined,
      2,
    );
    mkdirSync(join(to, id), { recursive: true });
    writeFileSync(join(to, id, "run.json"), text);
    writeFileSync(join(to, id, "slices.json"), slices);
    bytes = Buffer.byteLength(text);
  }
  return bytes;
}
