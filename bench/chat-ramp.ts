/**
 * The load of the preset ramp-605 (605 streamed chats of 50 tokens in and 32 out, 10 to 100 users over 30 s, timeout 120 s)
 * against `weir serve` with a chat model, twice: with the default queue, where everything has to be answered in time, and
 * with a short one, where the rest has to be refused within 50 ms with a time to come again. Probes go on beside both.
 *
 *     npm run bench -- chat-ramp [--model FILE.gguf|NAME] [--parallel N] [--queue 10] [--requests 605] [--args="FLAGS"]
 *         [--parts usual,short]
 *
 * Without `--model` it is the reference model of 135M weights, without `--parallel` the server's own number. `--args` are
 * more flags of `weir serve`.
 */
import { Agent } from "node:http";
import { loadavg } from "node:os";
import { describeMachine } from "./lib/describe-machine.ts";
import { probeHealth, reportProbes, startHealthProbe } from "./lib/health-probe.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { readPart, say, startPart } from "./lib/part.ts";
import { showProgress } from "./lib/progress.ts";
import { quantile } from "./lib/quantile.ts";
import { readFlags, someOf, whole, words } from "./lib/read-flags.ts";
import { timedCall, type TimedAnswer } from "./lib/timed-call.ts";
import { buildWeir, launchWeir } from "./lib/weir-command.ts";

const [fewUsers, manyUsers, rampMs, timeoutMs] = [10, 100, 30_000, 120_000] as const;
const answerTokens = 32;
/** About fifty tokens. */
const promptCharacters = 200;
const mostProbeMs = 5;
const mostRefusalMs = 50;

interface LoadTask {
  readonly url: string;
  readonly requests: number;
}

type Outcome = "answered" | "refused" | "failed";

/** What one request came to. */
interface Seen {
  readonly outcome: Outcome;
  readonly ms: number;
  /** Of a refusal: whether it says when to come again. Of a failure: what it was. */
  readonly retry?: boolean;
  readonly why?: string;
}

interface Loaded {
  readonly seen: readonly Seen[];
  readonly seconds: number;
}

const part = readPart();
if (part === undefined) await measure();
else if (part.name === "probe") await probeHealth(part.input as string);
else await load(part.input as LoadTask);

async function measure(): Promise<void> {
  const flags = readFlags({
    model: words("reference-chat-135m"),
    parallel: whole(0, 0),
    queue: whole(10),
    requests: whole(605),
    args: words(""),
    parts: someOf(["usual", "short"]),
  });
  buildWeir();
  console.log(describeMachine());
  const more = [
    ...(flags.parallel === 0 ? [] : ["--parallel", String(flags.parallel)]),
    ...flags.args.split(" ").filter((arg) => arg !== ""),
  ];
  const judged: boolean[] = [];
  if (flags.parts.includes("usual")) {
    const usual = await run("the default queue", flags.model, more, flags.requests);
    judged.push(usual.good && usual.answered === flags.requests);
  }
  if (flags.parts.includes("short")) {
    const bounded = [...more, "--max-jobs", String(flags.queue)];
    const short = await run(`a queue of ${flags.queue}`, flags.model, bounded, flags.requests);
    const isTold = short.refused > 0 && short.told === short.refused;
    judged.push(short.good && short.failed === 0 && isTold && short.refusalP99Ms <= mostRefusalMs);
  }
  const good = judged.every((each) => each);
  console.log(good ? "as it should be" : "NOT as it should be");
  process.exitCode = good ? 0 : 1;
}

interface Run {
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  /** Refusals that say when to come again. */
  readonly told: number;
  readonly refusalP99Ms: number;
  /** Whether the probes were answered in time. */
  readonly good: boolean;
}

async function run(name: string, model: string, args: readonly string[], requests: number): Promise<Run> {
  showProgress(`starting the server with ${name}`);
  await using server = await launchWeir(model, ["--kv-disk", "0", ...args]);
  await using probe = startHealthProbe(import.meta.url, server.url);
  await using loading = startPart(import.meta.url, "load", { url: server.url, requests } satisfies LoadTask);
  const { seen, seconds } = await loading.next<Loaded>();
  const readings = await probe.read();
  const of = (outcome: Outcome): readonly Seen[] => seen.filter((each) => each.outcome === outcome);
  const [answered, refused, failed] = [of("answered"), of("refused"), of("failed")];
  const told = refused.filter(({ retry }) => retry === true).length;
  const ms = (some: readonly Seen[], at: number): number =>
    quantile(
      some.map((each) => each.ms),
      at,
    );
  console.log(
    `${name}: ${seconds.toFixed(0)} s, ${((answered.length * answerTokens) / seconds).toFixed(0)} tokens/s, load ${loadavg()[0]!.toFixed(1)}`,
  );
  console.log(
    `  answered ${answered.length} of ${requests}, p50 ${(ms(answered, 0.5) / 1_000).toFixed(1)} s, p99 ${(ms(answered, 0.99) / 1_000).toFixed(1)} s, longest ${(ms(answered, 1) / 1_000).toFixed(1)} s`,
  );
  if (refused.length > 0)
    console.log(
      `  refused ${refused.length}, ${told} of them with a time to come again, p50 ${ms(refused, 0.5).toFixed(1)} ms, p99 ${ms(refused, 0.99).toFixed(1)} ms (at most ${mostRefusalMs})`,
    );
  for (const why of new Set(failed.map((each) => each.why)))
    console.log(`  FAILED ${failed.filter((each) => each.why === why).length}: ${why}`);
  const good = reportProbes(readings, mostProbeMs, refused.length > 0);
  return {
    answered: answered.length,
    refused: refused.length,
    failed: failed.length,
    told,
    refusalP99Ms: ms(refused, 0.99),
    good,
  };
}

/** Users that come one after the other, each with its next request at once, whatever came of the last. */
async function load({ url, requests }: LoadTask): Promise<void> {
  const texts = makeTexts(requests, promptCharacters);
  const seen: Seen[] = [];
  const startedMs = performance.now();
  const everyMs = rampMs / (manyUsers - fewUsers);
  let next = 0;
  async function use(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let index = next++; index < requests; index = next++) {
      const fromMs = performance.now();
      try {
        seen.push(judge(await send(url, texts[index]!, agent)));
      } catch (error) {
        seen.push({ outcome: "failed", ms: performance.now() - fromMs, why: String(error) });
      }
    }
    agent.destroy();
  }
  const users: Promise<void>[] = [];
  for (let user = 0; user < manyUsers && next < requests; user++) {
    const comesMs = startedMs + Math.max(0, user - fewUsers + 1) * everyMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, comesMs - performance.now())));
    users.push(use());
  }
  await Promise.all(users);
  say({ seen, seconds: (performance.now() - startedMs) / 1_000 } satisfies Loaded);
}

function send(url: string, content: string, agent: Agent): Promise<TimedAnswer> {
  const body = JSON.stringify({
    messages: [{ role: "user", content }],
    stream: true,
    max_tokens: answerTokens,
    ignore_eos: true,
    temperature: 0,
  });
  const headers = { "content-type": "application/json", "x-request-timeout": `${timeoutMs / 1_000}s` };
  return timedCall(`${url}/v1/chat/completions`, { agent, body, headers });
}

function judge({ status, headers, text, ms }: TimedAnswer): Seen {
  if (status === 503) return { outcome: "refused", ms, retry: Number(headers["retry-after"]) > 0 };
  if (status !== 200) return { outcome: "failed", ms, why: `${status} ${text.slice(0, 200)}` };
  if (!text.endsWith("data: [DONE]\n\n") || text.includes('"error"'))
    return { outcome: "failed", ms, why: text.slice(-200) };
  return ms <= timeoutMs ? { outcome: "answered", ms } : { outcome: "failed", ms, why: "after the timeout" };
}
