/**
 * What `weir serve` leaves of llama.cpp's speed: tokens per second of one stream and of four beside each other through HTTP,
 * and the same prompts and answers by node-llama-cpp called directly, in a process of its own with as many threads; what HTTP,
 * admission and the replica's process add to the first chunk; and how long a restart takes until the server is ready. In turns,
 * in one run; of the speeds, the ratio of each round counts.
 *
 * A prompt's batch takes 60 to 130 ms, and differs by more from one time to the next than anything around it takes. So of both
 * ways it is measured what the first text takes beside the batch, from the prompt's text on: what the server adds is the
 * difference.
 *
 *     npm run bench -- chat-serve [--model reference-chat-135m] [--threads N] [--work 1]
 *
 * `--work 0.1` is a quick try with a tenth of the tokens and two rounds.
 */
import { Agent } from "node:http";
import { availableParallelism, loadavg } from "node:os";
import { getLlama, type LlamaContext, type LlamaContextSequence, type LlamaModel } from "node-llama-cpp";
import { callChat } from "./lib/chat-call.ts";
import { resolveBenchChatModel } from "./lib/chat-model.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { openFirstTextClient } from "./lib/first-text.ts";
import { median } from "./lib/median.ts";
import { readPart, say, startPart, untilFinished } from "./lib/part.ts";
import { showProgress } from "./lib/progress.ts";
import { positive, readFlags, whole, words } from "./lib/read-flags.ts";
import { printVerdict } from "./lib/verdict.ts";
import { buildWeir, launchWeir } from "./lib/weir-command.ts";

const sequences = 4;
const contextTokens = 2048;
const leastRatio = 0.95;
const warmUpRequests = 100;
const mostAddedMs = 3;
const mostStartMs = 3_000;

interface Plan {
  readonly path: string;
  readonly threads: number;
  readonly tokens: number;
}

interface Round {
  /** Tokens per second of one answer, and of four beside each other. */
  readonly one: number;
  readonly four: number;
  /** Of several prompts, one after the other: time to the first text, less that of the prompt's batch, in milliseconds. */
  readonly besideBatchMs: readonly number[];
}

const part = readPart();
if (part === undefined) await measure();
else await runDirectly(part.input as Plan);

async function measure(): Promise<void> {
  const flags = readFlags({
    model: words("reference-chat-135m"),
    threads: whole(availableParallelism()),
    work: positive(1),
  });
  const rounds = Math.max(2, Math.round(7 * flags.work));
  const tokens = Math.max(8, Math.round(128 * flags.work));
  const path = await resolveBenchChatModel(flags.model);
  buildWeir();
  const { threads } = flags;
  const launch = (): ReturnType<typeof launchWeir> =>
    launchWeir(`chat=${path}`, [
      "--threads",
      String(threads),
      "--parallel",
      String(sequences),
      "--context",
      String(contextTokens),
      "--kv-disk",
      "0",
    ]);
  await using direct = startPart(import.meta.url, "direct", { path, threads, tokens } satisfies Plan);
  await direct.next();
  const startsMs: number[] = [];
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    showProgress(`start ${round + 1}`);
    const fromMs = performance.now();
    await using _ = await launch();
    startsMs.push(performance.now() - fromMs);
  }
  await using server = await launch();
  await using firstText = await openFirstTextClient(server.url);
  // Code that has never run is not compiled yet.
  for (let index = 0; index < warmUpRequests; index += 1) await measureFirst("w", `warm-up ${index}`);
  const agent = new Agent({ keepAlive: true });
  const served: Round[] = [];
  const bare: Round[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    showProgress(`round ${round} of ${rounds}, load ${loadavg()[0]!.toFixed(1)}`);
    const ours = await measureRound(
      (index) => askServer(round, index),
      (index) => measureFirst(`f${round}-${index}`, toPrompt(`f${round}`, index)),
    );
    direct.ask();
    const theirs = await direct.next<Round>();
    // The first round warms up.
    if (round === 0) continue;
    served.push(ours);
    bare.push(theirs);
  }
  agent.destroy();

  async function askServer(round: number, index: number): Promise<number> {
    const body = {
      prompt: toPrompt(`s${round}`, index),
      max_tokens: tokens,
      temperature: 0,
      ignore_eos: true,
    };
    const call = {
      url: server.url,
      path: "/v1/completions",
      agent,
      body: { model: "chat", ...body },
    } as const;
    return (await callChat({ ...call, agentId: `${round}-${index}` })).outputTokens;
  }

  /** The engine says itself how long it took to the first token. */
  async function measureFirst(name: string, prompt: string): Promise<number> {
    const options = { num_predict: 4, temperature: 0 };
    return firstText.ask({ model: "chat", prompt, raw: true, options }, name);
  }

  print(
    `${describeMachine()}; ${path}, ${threads} threads, ${tokens} tokens an answer, ${rounds} rounds; load at the end ${loadavg()[0]!.toFixed(1)}`,
  );
  for (const kind of ["one", "four"] as const) {
    const ratios = served.map((speeds, round) => speeds[kind] / bare[round]![kind]);
    const speedOf = (all: readonly Round[]): string => median(all.map((each) => each[kind])).toFixed(1);
    print(
      `${kind === "one" ? "one stream" : "four streams"}: ${speedOf(served)} tokens/s, directly ${speedOf(bare)} (ratios ${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`,
    );
    printVerdict(`part of the direct speed, ${kind}`, median(ratios), { least: leastRatio });
  }
  const ours = served.flatMap(({ besideBatchMs }) => besideBatchMs);
  const theirs = bare.flatMap(({ besideBatchMs }) => besideBatchMs);
  print(
    `the first text beside the prompt's batch: ${describeMs(ours)}, directly ${describeMs(theirs)} (median and least of ${ours.length})`,
  );
  printVerdict("added to the first chunk", median(ours) - median(theirs), { most: mostAddedMs }, "ms");
  printVerdict("from start to ready", median(startsMs), { most: mostStartMs }, "ms");
}

/** Nothing of it was computed before. */
function toPrompt(round: string, index: number): string {
  return `${round} ${index}: how does a river find its way to the sea? ${"What the weir holds is what the river brings. ".repeat(6)}`;
}

async function measureRound(
  ask: (index: number) => Promise<number>,
  measureFirst: (index: number) => Promise<number>,
): Promise<Round> {
  const one = await timed(1, ask);
  const four = await timed(sequences, ask);
  const besideBatchMs: number[] = [];
  for (let index = 0; index < sequences; index += 1) besideBatchMs.push(await measureFirst(index));
  return { one, four, besideBatchMs };
}

async function timed(count: number, ask: (index: number) => Promise<number>): Promise<number> {
  const startMs = performance.now();
  const tokens = await Promise.all(Array.from({ length: count }, async (_, index) => ask(index)));
  return (tokens.reduce((sum, each) => sum + each, 0) / (performance.now() - startMs)) * 1000;
}

async function runDirectly({ path, threads, tokens }: Plan): Promise<void> {
  const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads });
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createContext({
    sequences,
    contextSize: contextTokens,
    threads: { ideal: threads, min: threads },
    flashAttention: true,
  });
  const clock = watchBatches(context);
  const all = Array.from({ length: sequences }, () => context.getSequence());
  const measureFirst = async (name: string, index: number): Promise<number> => {
    const sentMs = performance.now();
    let firstMs = 0;
    for await (const _ of answerDirectly(model, all[index]!, toPrompt(name, index), 4))
      firstMs ||= performance.now() - sentMs - clock.lastMs();
    return firstMs;
  };
  for (let index = 0; index < warmUpRequests; index += 1) await measureFirst(`warm-up ${index}`, 0);
  let round = 0;
  const measureNext = async (): Promise<void> => {
    round += 1;
    const name = String(round);
    say(
      await measureRound(
        async (index) => countTexts(answerDirectly(model, all[index]!, toPrompt(`s${name}`, index), tokens)),
        (index) => measureFirst(`f${name}`, index),
      ),
    );
  };
  say("ready");
  await untilFinished(() => void measureNext());
  await llama.dispose();
}

/**
 * Times a prompt's batch as the engine does, from filling it to the token that came of it. The package has no event for that: its
 * native context is put behind a watch.
 */
function watchBatches(context: LlamaContext): { lastMs(): number } {
  const native = Reflect.get(context, "_ctx") as NativeContext;
  let beganMs = 0;
  /** Of the first token since a batch of several tokens began. */
  let tookMs = 0;
  const initBatch = (size: number): void => {
    if (size > 1) [beganMs, tookMs] = [performance.now(), 0];
    native.initBatch(size);
  };
  const sampleToken = async (...args: unknown[]): Promise<number> => {
    const token = await native.sampleToken(...args);
    tookMs ||= performance.now() - beganMs;
    return token;
  };
  const watch = new Proxy(native, {
    get(target, key) {
      if (key === "initBatch") return initBatch;
      if (key === "sampleToken") return sampleToken;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  Reflect.set(context, "_ctx", watch);
  return { lastMs: () => tookMs };
}

interface NativeContext {
  initBatch(size: number): void;
  sampleToken(...args: unknown[]): Promise<number>;
}

async function* answerDirectly(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  prompt: string,
  most: number,
): AsyncGenerator<string> {
  await sequence.clearHistory();
  let tokens = 0;
  for await (const token of sequence.evaluate(model.tokenize(prompt), {
    temperature: 0,
    yieldEogToken: true,
  })) {
    yield model.detokenize([token]);
    tokens += 1;
    if (tokens === most) break;
  }
}

async function countTexts(texts: AsyncIterable<string>): Promise<number> {
  let count = 0;
  for await (const _ of texts) count += 1;
  return count;
}

function describeMs(values: readonly number[]): string {
  return `${median(values).toFixed(1)} ms (${Math.min(...values).toFixed(1)})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
