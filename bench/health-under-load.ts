/**
 * How fast probes answer while the model is saturated: /health/live one after the other, then a hundred at once, with a
 * queue that never empties; then every probe on an idle server. Server, load and prober have a process each; beside each
 * figure stands how late the prober itself was, which on a machine without a core to spare is what is measured.
 *
 *     npm run bench -- health-under-load [--model DIR] [--texts 32] [--seconds 10]
 */
import { Agent } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { resolveBenchModel } from "./lib/bench-model.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { readPart, say, startPart } from "./lib/part.ts";
import { quantile } from "./lib/quantile.ts";
import { serve, startServePart, type ServePlan } from "./lib/serve-part.ts";
import { timedCall } from "./lib/timed-call.ts";
import { modelFolder, positive, readFlags, whole } from "./lib/read-flags.ts";

interface LoadTask {
  readonly url: string;
  readonly users: number;
  readonly texts: number;
}

const part = readPart();
if (part === undefined) await measure();
else if (part.name === "serve") await serve(part.input as ServePlan);
else await load(part.input as LoadTask);

async function measure(): Promise<void> {
  const flags = readFlags({
    model: modelFolder,
    texts: whole(32),
    seconds: positive(10),
  });
  const seconds = flags.seconds;
  await using server = await startServePart(import.meta.url, {
    model: await resolveBenchModel(flags.model),
  });
  let good = true;
  {
    await using saturating = startPart(import.meta.url, "load", {
      url: server.url,
      users: 16,
      texts: flags.texts,
    } satisfies LoadTask);
    await saturating.next();
    good = (await probeInTurn(`${server.url}/health/live`, seconds, 5)) && good;
    good = (await probeAtOnce(`${server.url}/health/live`, seconds)) && good;
  }
  await delay(2_000);
  for (const path of ["/health/live", "/health/ready", "/health/startup", "/health", "/v2/health/ready"])
    good = (await probeInTurn(server.url + path, Math.min(3, seconds), 2)) && good;
  process.exitCode = good ? 0 : 1;
}

/** Keeps the model busy until the bench ends it: users who send again at once. */
async function load({ url, users, texts }: LoadTask): Promise<void> {
  const body = JSON.stringify({ input: makeTexts(texts, 500), encoding_format: "float" });
  let said = false;
  await Promise.all(
    Array.from({ length: users }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (;;) {
        await timedCall(`${url}/v1/embeddings`, { agent, body });
        if (!said) say("saturated");
        said = true;
      }
    }),
  );
}

async function probeInTurn(url: string, seconds: number, mostMs: number): Promise<boolean> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  const times: number[] = [];
  let refused = 0;
  for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs;) {
    const { ms, status } = await timedCall(url, { agent });
    times.push(ms);
    if (status !== 200) refused++;
    await delay(5);
  }
  lag.disable();
  agent.destroy();
  const p99 = quantile(times, 0.99);
  console.log(
    `${new URL(url).pathname.padEnd(18)} in turn      n ${times.length}, p50 ${quantile(times, 0.5).toFixed(2)} ms, ` +
      `p99 ${p99.toFixed(2)} ms (at most ${mostMs}), not 200: ${refused}; prober late p99 ${(lag.percentile(99) / 1e6).toFixed(2)} ms`,
  );
  return refused === 0 && p99 <= mostMs;
}

async function probeAtOnce(url: string, seconds: number): Promise<boolean> {
  const agents = Array.from({ length: 100 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const times: number[] = [];
  let refused = 0;
  let rounds = 0;
  for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs; rounds++) {
    const answers = await Promise.all(agents.map((agent) => timedCall(url, { agent })));
    for (const { ms, status } of answers) {
      // The first round opens the connections.
      if (rounds > 0) times.push(ms);
      if (status !== 200) refused++;
    }
    await delay(100);
  }
  for (const agent of agents) agent.destroy();
  const [p95, most] = [quantile(times, 0.95), quantile(times, 1)];
  console.log(
    `${new URL(url).pathname.padEnd(18)} 100 at once  n ${times.length}, p50 ${quantile(times, 0.5).toFixed(2)} ms, ` +
      `p95 ${p95.toFixed(2)} ms (at most 29), longest ${most.toFixed(2)} ms (at most 100), not 200: ${refused}`,
  );
  return refused === 0 && p95 <= 29 && most <= 100;
}
