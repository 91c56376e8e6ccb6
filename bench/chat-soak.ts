/**
 * Whether a chat server stays as it is: agents whose conversations grow turn by turn, and start over where the context ends, for
 * 20 minutes. Memory of the server and its replica after a warm-up, and the slope of the 95th percentile of the time to first
 * text and of whole answers over windows of a minute, with its 95 % interval.
 *
 *     npm run bench -- chat-soak [--minutes 20] [--agents 5] [--model reference-chat-135m] [--threads N] [--context 2048] [--work 1]
 *
 * The first tenth of the time is warm-up. `--work` scales the length of answers; `--minutes 0.5` is a quick try with windows that
 * are shorter. A slope needs windows of 72 answers or more: shorter ones are named.
 */
import { Agent } from "node:http";
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fitSlope } from "@weir/stats";
import { callChat } from "./lib/chat-call.ts";
import { resolveBenchChatModel } from "./lib/chat-model.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { median } from "./lib/median.ts";
import { treeResidentBytes } from "./lib/process-tree.ts";
import { showProgress } from "./lib/progress.ts";
import { quantile } from "./lib/quantile.ts";
import { positive, readFlags, whole, words } from "./lib/read-flags.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { printVerdict } from "./lib/verdict.ts";
import { buildWeir, launchWeir } from "./lib/weir-command.ts";

const flags = readFlags({
  model: words("reference-chat-135m"),
  threads: whole(availableParallelism()),
  minutes: positive(20),
  agents: whole(5),
  context: whole(2_048, 512),
  work: positive(1),
});
const answerTokens = Math.max(2, Math.round(12 * flags.work));
const mostGrowth = 1.05;
const mostSlopePercent = 1;
const leastAnswers = 72;
const durationMs = flags.minutes * 60_000;
const warmUpMs = durationMs / 10;
/** At least ten windows, of a minute where there is the time. */
const windowMs = Math.min(60_000, (durationMs - warmUpMs) / 10);

interface Answer {
  readonly endedAtMs: number;
  readonly ttftMs: number;
  readonly totalMs: number;
}

const path = await resolveBenchChatModel(flags.model);
buildWeir();
using folder = createTemporaryFolder("chat-soak");
await using server = await launchWeir(
  `chat=${path}`,
  [
    "--threads",
    String(flags.threads),
    "--parallel",
    "4",
    "--context",
    String(flags.context),
    "--kv-dir",
    folder.path,
  ],
  { closeTimeoutMs: 60_000 },
);
const agent = new Agent({ keepAlive: true });
const answers: Answer[] = [];
const memory: { readonly atMs: number; readonly bytes: number }[] = [];
const loads: number[] = [];
let restarts = 0;
const startMs = performance.now();
const sinceStartMs = (): number => performance.now() - startMs;
await Promise.all([...Array.from({ length: flags.agents }, (_, index) => talk(index)), watch()]);
agent.destroy();
report();

async function talk(index: number): Promise<void> {
  let prompt = "";
  for (let turn = 0; sinceStartMs() < durationMs; turn += 1) {
    const body = {
      model: "chat",
      temperature: 0,
      ignore_eos: true,
      max_tokens: answerTokens,
      prompt:
        (prompt += `\nuser ${index}, turn ${turn}: what does the river bring over the stones in spring?\n`),
    };
    const call = {
      url: server.url,
      path: "/v1/completions",
      agent,
      body,
      agentId: `agent-${index}`,
    } as const;
    const { ttftMs, totalMs, text, inputTokens } = await callChat(call);
    answers.push({ endedAtMs: sinceStartMs(), ttftMs, totalMs });
    prompt += text;
    if (inputTokens + 4 * answerTokens + 64 < flags.context) continue;
    prompt = "";
    restarts += 1;
  }
}

async function watch(): Promise<void> {
  let saidAtMs = 0;
  while (sinceStartMs() < durationMs) {
    await delay(1_000);
    const bytes = server.pid === undefined ? Number.NaN : treeResidentBytes(server.pid);
    memory.push({ atMs: sinceStartMs(), bytes });
    loads.push(loadavg()[0]!);
    if (sinceStartMs() < saidAtMs) continue;
    saidAtMs = sinceStartMs() + 30_000;
    showProgress(
      `${(sinceStartMs() / 60_000).toFixed(1)} min: ${answers.length} answers, ${(bytes / 1e6).toFixed(0)} MB, load ${loadavg()[0]!.toFixed(1)}`,
    );
  }
}

function report(): void {
  print(
    `${describeMachine()}; ${path}, ${flags.threads} threads; load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`,
  );
  print(
    `${answers.length} answers of ${answerTokens} tokens in ${flags.minutes} min, ${restarts} conversations started over`,
  );
  const after = memory.filter(({ atMs }) => atMs >= warmUpMs).map(({ bytes }) => bytes);
  // A tenth at both ends: a single moment is a matter of chance.
  const ends = Math.max(1, Math.floor(after.length / 10));
  const first = median(after.slice(0, ends));
  const last = median(after.slice(-ends));
  print(
    `memory of server and replica: ${(first / 1e6).toFixed(0)} MB after warm-up, ${(last / 1e6).toFixed(0)} MB at the end, ${(Math.max(...after) / 1e6).toFixed(0)} MB at most`,
  );
  printVerdict("memory at the end / after warm-up", last / first, { most: mostGrowth });
  for (const [what, of] of [
    ["time to first text", ({ ttftMs }: Answer) => ttftMs],
    ["time of an answer", ({ totalMs }: Answer) => totalMs],
  ] as const)
    reportSlope(what, of);
}

function reportSlope(what: string, of: (answer: Answer) => number): void {
  const windows = new Map<number, number[]>();
  for (const answer of answers) {
    const window = Math.floor((answer.endedAtMs - warmUpMs) / windowMs);
    // The last one may not be whole.
    if (answer.endedAtMs < warmUpMs || (window + 1) * windowMs > durationMs - warmUpMs + 1) continue;
    windows.set(window, [...(windows.get(window) ?? []), of(answer)]);
  }
  const all = [...windows.entries()].toSorted(([a], [b]) => a - b);
  const p95 = all.map(([, values]) => quantile(values, 0.95));
  const least = Math.min(...all.map(([, values]) => values.length));
  const minutes = all.map(([window]) => (window * windowMs) / 60_000);
  const { slope, halfWidth } = fitSlope(minutes, p95);
  const mean = p95.reduce((sum, value) => sum + value, 0) / p95.length;
  const percent = (value: number): number => (value / mean) * 100;
  print(
    `${what}, p95 of ${all.length} windows of ${(windowMs / 1_000).toFixed(0)} s: ${median(p95).toFixed(1)} ms, slope ${percent(slope).toFixed(2)} % a minute (+- ${percent(halfWidth).toFixed(2)}); ${least} answers or more in each`,
  );
  if (least < leastAnswers)
    print(`  fewer than ${leastAnswers} answers in a window: its p95 is a matter of chance`);
  printVerdict(
    `upper bound of the slope of p95, ${what}`,
    percent(slope + halfWidth),
    { most: mostSlopePercent },
    "% a minute",
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
