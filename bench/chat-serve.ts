/**
 * What `weir serve` leaves of llama.cpp's speed: tokens per second of one stream and of four beside each other through HTTP,
 * and the same prompts and answers by node-llama-cpp called directly, in a process of its own with as many threads; what HTTP,
 * admission and the replica's process add to the first chunk; and how long a restart takes until the server is ready. In turns,
 * in one run; of the speeds, the ratio of each round counts.
 *
 *     npm run bench -- chat-serve [--model reference-chat-135m] [--threads N] [--work 1]
 *
 * `--work 0.1` is a quick try with a tenth of the tokens and two rounds.
 */
import { Agent } from "node:http";
import { availableParallelism, loadavg } from "node:os";
import { getLlama, type LlamaContextSequence, type LlamaModel } from "node-llama-cpp";
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

/** Tokens per second. */
interface Speeds {
  readonly one: number;
  readonly four: number;
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
  const served: Speeds[] = [];
  const bare: Speeds[] = [];
  const addedMs: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    showProgress(`round ${round} of ${rounds}, load ${loadavg()[0]!.toFixed(1)}`);
    const ours = {
      one: await timed(1, async (index) => askServer(round, index)),
      four: await timed(sequences, async (index) => askServer(round, index)),
    };
    direct.ask();
    const theirs = await direct.next<Speeds>();
    const added = [];
    for (let index = 0; index < 4; index += 1)
      added.push(await measureFirst(`f${round}-${index}`, toPrompt(`f${round}`, index)));
    // The first round warms up.
    if (round === 0) continue;
    served.push(ours);
    bare.push(theirs);
    addedMs.push(...added);
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
    const speedOf = (all: readonly Speeds[]): string => median(all.map((each) => each[kind])).toFixed(1);
    print(
      `${kind === "one" ? "one stream" : "four streams"}: ${speedOf(served)} tokens/s, directly ${speedOf(bare)} (ratios ${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`,
    );
    printVerdict(`part of the direct speed, ${kind}`, median(ratios), { least: leastRatio });
  }
  print(`added to the first chunk at least ${Math.min(...addedMs).toFixed(1)} ms`);
  printVerdict("added to the first chunk", median(addedMs), { most: mostAddedMs }, "ms");
  printVerdict("from start to ready", median(startsMs), { most: mostStartMs }, "ms");
}

/** Nothing of it was computed before. */
function toPrompt(round: string, index: number): string {
  return `${round} ${index}: how does a river find its way to the sea? ${"What the weir holds is what the river brings. ".repeat(6)}`;
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
  const all = Array.from({ length: sequences }, () => context.getSequence());
  let round = 0;
  const both = async (): Promise<void> => {
    round += 1;
    const speeds: Speeds = {
      one: await timed(1, async (index) =>
        askDirectly(model, all[index]!, toPrompt(`s${round}`, index), tokens),
      ),
      four: await timed(sequences, async (index) =>
        askDirectly(model, all[index]!, toPrompt(`s${round}`, index), tokens),
      ),
    };
    say(speeds);
  };
  say("ready");
  await untilFinished(() => void both());
  await llama.dispose();
}

async function askDirectly(
  model: LlamaModel,
  sequence: LlamaContextSequence,
  prompt: string,
  most: number,
): Promise<number> {
  await sequence.clearHistory();
  let tokens = 0;
  for await (const token of sequence.evaluate(model.tokenize(prompt), {
    temperature: 0,
    yieldEogToken: true,
  })) {
    model.detokenize([token]);
    tokens += 1;
    if (tokens === most) break;
  }
  return tokens;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
