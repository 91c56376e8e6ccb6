/**
 * What a server does with more than it can: ten times its capacity in an open loop (what is answered, how fast it refuses,
 * whether what it took was done in time, what that does to its memory, how soon it is as before), then twice as many users
 * as it has places in a closed loop, who come back when they are told to. The model is an echo that takes a fixed time, so
 * capacity is known; the server has a process of its own.
 *
 *     npm run bench -- overload [--service 20] [--queue 256] [--factor 10] [--seconds 10] [--timeout 5] [--closed-queue 10]
 */
import { Agent } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { readPart } from "./lib/part.ts";
import { quantile } from "./lib/quantile.ts";
import { serve, startServePart, type ServePlan } from "./lib/serve-part.ts";
import { timedCall, type TimedAnswer } from "./lib/timed-call.ts";
import { positive, readFlags, whole } from "./lib/read-flags.ts";

const body = JSON.stringify({ texts: ["the weir holds what the river brings"] });
/** Two jobs at once in one replica. */
const slots = 2;

const part = readPart();
if (part === undefined) await measure();
else await serve(part.input as ServePlan);

async function measure(): Promise<void> {
  const values = readFlags({
    service: positive(20),
    queue: whole(256),
    factor: positive(10),
    seconds: positive(10),
    timeout: positive(5),
    "closed-queue": whole(10),
  });
  const { service: serviceMs, queue, factor, seconds, timeout: timeoutS } = values;
  const plan = { serviceMs, queue, perSecond: (factor * 1_000) / serviceMs, seconds, timeoutS };
  const open = await runOpen(plan);
  const closed = await runClosed({ serviceMs, queue: values["closed-queue"], seconds });
  process.exitCode = open && closed ? 0 : 1;
}

interface OpenPlan {
  readonly serviceMs: number;
  readonly queue: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly timeoutS: number;
}

async function runOpen({ serviceMs, queue, perSecond, seconds, timeoutS }: OpenPlan): Promise<boolean> {
  console.log(
    `open loop: ${perSecond} requests/s for ${seconds} s, ${serviceMs} ms each, ${queue} may wait, deadline ${timeoutS} s`,
  );
  await using server = await startServePart(import.meta.url, {
    model: { blockMs: serviceMs },
    limits: { jobs: queue },
  });
  const agent = new Agent({ keepAlive: true });
  const send = (): Promise<TimedAnswer | undefined> =>
    timedCall(`${server.url}/embed`, {
      agent,
      body,
      headers: { "x-request-timeout": String(timeoutS) },
    }).catch(() => undefined);
  const readRss = async (): Promise<number> => {
    const { text } = await timedCall(`${server.url}/health`, { agent });
    return (JSON.parse(text) as { memory: { rss_bytes: number } }).memory.rss_bytes / 1e6;
  };
  for (let call = 0; call < 50; call++) await send();
  const alone: number[] = [];
  for (let call = 0; call < 50; call++) alone.push((await send())?.ms ?? Number.NaN);
  const rss = [await readRss()];
  const answers: Promise<TimedAnswer | undefined>[] = [];
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const startMs = performance.now();
  for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs = performance.now() - startMs) {
    const due = Math.floor((elapsedMs / 1_000) * perSecond);
    while (answers.length < due) answers.push(send());
    if (elapsedMs > (rss.length * seconds * 1_000) / 5) rss.push(await readRss());
    await delay(1);
  }
  const endMs = performance.now();
  lag.disable();
  let readyMs = Number.POSITIVE_INFINITY;
  while (performance.now() - endMs < 30_000) {
    const { status } = await timedCall(`${server.url}/health/ready`, { agent });
    if (status !== 200) continue;
    readyMs = performance.now() - endMs;
    break;
  }
  // As before: an answer as fast as one was when there was nothing else to do, so with the queue that was left done.
  let recoveredMs = Number.POSITIVE_INFINITY;
  while (performance.now() - endMs < 30_000) {
    const answer = await send();
    if (answer?.status !== 200 || answer.ms > 2 * quantile(alone, 0.95)) continue;
    recoveredMs = performance.now() - endMs;
    break;
  }
  const all = await Promise.all(answers);
  rss.push(await readRss());
  agent.destroy();

  const counts = new Map<string, number>();
  for (const answer of all) {
    const name = String(answer?.status ?? "no answer");
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const of = (...statuses: number[]): number[] =>
    all.flatMap((answer) => (answer !== undefined && statuses.includes(answer.status) ? [answer.ms] : []));
  const [served, refused] = [of(200), of(503, 429)];
  // Node accepts one new connection in each turn of its event loop: who has none yet waits longer, whatever we do.
  const open = all.flatMap((answer) => (answer?.status === 503 && answer.reused ? [answer.ms] : []));
  const inServer = all.flatMap((answer) =>
    answer?.status === 503 ? [Number.parseFloat(String(answer.headers["x-process-time"]))] : [],
  );
  console.log(`  answers            ${[...counts].map(([name, n]) => `${name}: ${n}`).join(", ")}`);
  console.log(
    `  200                ${(served.length / seconds).toFixed(1)}/s, p50 ${quantile(served, 0.5).toFixed(0)} ms, p99 ${quantile(served, 0.99).toFixed(0)} ms`,
  );
  console.log(
    `  refused            p50 ${quantile(refused, 0.5).toFixed(1)} ms, p99 ${quantile(refused, 0.99).toFixed(1)} ms; on open connections p99 ` +
      `${quantile(open, 0.99).toFixed(1)} ms (at most 50); in the server p99 ${quantile(inServer, 0.99).toFixed(1)} ms; ` +
      `this process late by p99 ${(lag.percentile(99) / 1e6).toFixed(1)} ms`,
  );
  console.log(`  memory             ${rss.map((mb) => mb.toFixed(0)).join(" ")} MB`);
  console.log(
    `  after the load     ready in ${readyMs.toFixed(0)} ms (at most 2000), queue empty and as fast as before in ${recoveredMs.toFixed(0)} ms`,
  );
  const onlyKnown = [...counts.keys()].every((name) => ["200", "429", "503", "504"].includes(name));
  return (
    onlyKnown && readyMs <= 2_000 && quantile(open, 0.99) <= 50 && quantile(served, 0.99) <= timeoutS * 1_000
  );
}

async function runClosed({
  serviceMs,
  queue,
  seconds,
}: Pick<OpenPlan, "serviceMs" | "queue" | "seconds">): Promise<boolean> {
  const users = 2 * (slots + queue);
  console.log(
    `closed loop: ${users} users who obey Retry-After, ${serviceMs} ms each, ${queue} may wait, ${seconds} s`,
  );
  await using server = await startServePart(import.meta.url, {
    model: { blockMs: serviceMs },
    limits: { jobs: queue },
  });
  const endMs = performance.now() + seconds * 1_000;
  const seen = { served: 0, refused: 0, retries: 0, admitted: 0 };
  async function use(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let isRetry = false; performance.now() < endMs;) {
      const { status, headers } = await timedCall(`${server.url}/embed`, { agent, body });
      if (isRetry) seen.retries++;
      if (isRetry && status === 200) seen.admitted++;
      if (status === 200) seen.served++;
      else seen.refused++;
      isRetry = status !== 200;
      if (isRetry) await delay(Number(headers["retry-after-ms"]));
    }
    agent.destroy();
  }
  await Promise.all(Array.from({ length: users }, use));
  const part = seen.admitted / seen.retries;
  console.log(
    `  served ${(seen.served / seconds).toFixed(1)}/s of ${(1_000 / serviceMs).toFixed(0)}; refused ${seen.refused}; ` +
      `retries ${seen.retries}, let in ${(part * 100).toFixed(1)} % (at least 95)`,
  );
  return part >= 0.95;
}
