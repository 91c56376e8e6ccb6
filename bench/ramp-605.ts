/**
 * Whether the split of good answers, refusals and timeouts that we report is the one the server itself counted. The load
 * of the preset of this name (605 requests, 10 to 100 users over 30 s, chat with 50 tokens in and 32 out, timeout 120 s)
 * against a mock with 30 slots and a bounded queue, all times divided by a scale. Some answers halt until long after the
 * timeout; the others are done long before it, the wait in the queue included: no outcome hangs on a millisecond.
 *
 *     npm run bench -- ramp-605 [--scale 15] [--queue 40] [--halting 0.03] [--seed 1]
 */
import { setTimeout as delay } from "node:timers/promises";
import { runLoad, type LoadPlan, type LoadResult } from "@weir/load";
import type { MockLog, MockOptions } from "@weir/mock";
import { createSchedule } from "@weir/stats";
import { chatWorkload } from "./lib/chat-load.ts";
import { serveMock, startMockPart, type MockPart } from "./lib/mock-part.ts";
import { readPart } from "./lib/part.ts";
import { positive, readFlags, whole } from "./lib/read-flags.ts";

const part = readPart();
if (part === undefined) await measure();
else await serveMock(part.input as Partial<MockOptions>);

async function measure(): Promise<void> {
  const flags = readFlags({
    scale: positive(15),
    queue: whole(40),
    halting: positive(0.03, "or zero"),
    seed: whole(1, 0),
  });
  const scale = flags.scale;
  const timeoutMs = 120_000 / scale;
  const [ttftMs, gapMs, chunks] = [300 / scale, 50 / scale, 32];
  const queue = flags.queue;
  await using mock = await startMockPart(import.meta.url, {
    slots: 30,
    queue,
    ttftMs,
    gapMs,
    seed: flags.seed,
    stall: { kind: "random", rate: flags.halting, forMs: 20 * timeoutMs },
  });
  const answerMs = ttftMs + gapMs * (chunks - 1);
  console.log(
    `605 requests, 10 to 100 users over ${30_000 / scale} ms; answers of ${answerMs.toFixed(0)} ms in 30 slots, ${queue} may wait; timeout ${timeoutMs} ms`,
  );
  const result = await runLoad(toPlan(mock.url, scale, chunks, flags.seed));
  process.exitCode = compare(result, await untilQuiet(mock)) ? 0 : 1;
}

function toPlan(url: string, scale: number, outputTokens: number, seed: number): LoadPlan {
  return {
    url,
    // A token of the mock's is four characters.
    workload: chatWorkload("weir ".repeat(40), outputTokens),
    schedule: createSchedule({
      seed,
      segments: [
        { kind: "users", from: 10, to: 100, durationMs: 30_000 / scale },
        { kind: "users", from: 100, to: 100, durationMs: null },
      ],
    }),
    stop: { durationMs: undefined, requests: 605, failures: 0 },
    warmupMs: 0,
    transport: { headers: {}, connectTimeoutMs: 5000, timeoutMs: 120_000 / scale },
  };
}

/** The mock's log once every client that hung up has been missed. */
async function untilQuiet(mock: MockPart): Promise<MockLog> {
  for (let attempt = 0; ; attempt += 1) {
    const { log } = await mock.report();
    if ((log.active === 0 && log.waiting === 0) || attempt === 50) return log;
    await delay(100);
  }
}

function compare({ counts }: LoadResult, log: MockLog): boolean {
  const { byKind } = counts.failed;
  const ofKinds = (kinds: readonly string[]): number =>
    kinds.reduce((sum, kind) => sum + (byKind[kind]?.count ?? 0), 0);
  const known = ["http-503", "timeout", "first-byte-timeout"];
  const rows: readonly (readonly [name: string, ours: number, theirs: number])[] = [
    ["requests", counts.completed + counts.failed.total + counts.cutOff, log.requests],
    ["200", counts.completed, log.byStatus["200"] ?? 0],
    ["503", ofKinds(["http-503"]), log.byStatus["503"] ?? 0],
    ["timeout", ofKinds(["timeout", "first-byte-timeout"]), log.leftAnswering + log.leftWaiting],
    [
      "anything else",
      counts.cutOff + ofKinds(Object.keys(byKind).filter((kind) => !known.includes(kind))),
      log.cut + log.failedMidway + log.active + log.waiting,
    ],
  ];
  console.log(`${"".padEnd(15)}    weir    mock`);
  for (const [name, ours, theirs] of rows)
    console.log(
      `${name.padEnd(15)}${String(ours).padStart(8)}${String(theirs).padStart(8)}   ${ours === theirs ? "same" : "DIFFERS"}`,
    );
  const allKinds = rows.slice(1, 4).every(([, , theirs]) => theirs > 0);
  if (!allKinds) console.log("not all three kinds came up: another --scale, --queue or --halting shows more");
  return allKinds && rows.every(([, ours, theirs]) => ours === theirs);
}
