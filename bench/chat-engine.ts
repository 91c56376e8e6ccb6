/**
 * What the chat engine leaves of llama.cpp's speed: tokens per second of one answer and of four beside each other, through
 * `createChatEngine` and by node-llama-cpp's own sequences with the same file, threads and cache, in turns in one process, and
 * the processor time of a token.
 *
 *     npm run bench -- chat-engine [--model reference-chat-135m] [--threads N] [--rounds 5] [--tokens 128] [--speculate lookup]
 *
 * With `--speculate` the engine guesses ahead, from the conversation or with the .gguf model that is named.
 */
import { availableParallelism } from "node:os";
import { createChatEngine } from "@weir/engine-llama";
import type { ChatRequest } from "@weir/protocol";
import { getLlama } from "node-llama-cpp";
import { resolveBenchChatModel } from "./lib/chat-model.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { median } from "./lib/median.ts";
import { showProgress } from "./lib/progress.ts";
import { readFlags, whole, words } from "./lib/read-flags.ts";

const flags = readFlags({
  model: words("reference-chat-135m"),
  threads: whole(availableParallelism()),
  rounds: whole(5),
  tokens: whole(128),
  speculate: words(undefined),
});
const contextTokens = 2048;
const sequences = 4;
const never = new AbortController().signal;

const path = await resolveBenchChatModel(flags.model);
showProgress("loading the model twice");
const spec = { path, device: "cpu", threads: flags.threads, contextTokens, sequences } as const;
await using engine = await createChatEngine(
  { ...spec, ...(flags.speculate === undefined ? {} : { speculate: flags.speculate }) },
  never,
);
const llama = await getLlama({ gpu: false, build: "never", maxThreads: flags.threads });
const model = await llama.loadModel({ modelPath: path });
const context = await model.createContext({ sequences, contextSize: contextTokens, threads: flags.threads });
const bare = Array.from({ length: sequences }, () => context.getSequence());

/** Processor milliseconds per token, over all rounds: what another process takes away does not count. */
const cpu = { bare: { ms: 0, tokens: 0 }, engine: { ms: 0, tokens: 0 } };

const found = {
  bareOne: [] as number[],
  engineOne: [] as number[],
  bareFour: [] as number[],
  engineFour: [] as number[],
};
for (let round = 0; round <= flags.rounds; round += 1) {
  showProgress(`round ${round} of ${flags.rounds}`);
  const speeds = {
    bareOne: await timed(1, askBare),
    engineOne: await timed(1, askEngine),
    bareFour: await timed(sequences, askBare),
    engineFour: await timed(sequences, askEngine),
  };
  const said = Object.entries(speeds).map(([name, speed]) => `${name} ${speed.toFixed(1)}`);
  showProgress(`  tokens/s: ${said.join(", ")}`);
  // The first round warms up.
  if (round > 0)
    for (const name of Object.keys(found) as (keyof typeof found)[]) found[name].push(speeds[name]);
}
showProgress("");
print(
  `${describeMachine()}; ${path}, ${flags.threads} threads, ${flags.tokens} tokens an answer, ${flags.rounds} rounds`,
);
print(describePair("one stream", found.engineOne, found.bareOne));
print(describePair("four streams", found.engineFour, found.bareFour));
print(
  `processor time: ${(cpu.engine.ms / cpu.engine.tokens).toFixed(2)} ms a token, directly ${(cpu.bare.ms / cpu.bare.tokens).toFixed(2)}`,
);
await llama.dispose();

/** Tokens per second of so many answers at once, their prompts included. */
async function timed(count: number, ask: (index: number) => Promise<number>): Promise<number> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  const tokens = await Promise.all(Array.from({ length: count }, async (_, index) => ask(index)));
  const { user, system } = process.cpuUsage(before);
  const side = ask === askBare ? cpu.bare : cpu.engine;
  side.ms += (user + system) / 1000;
  side.tokens += tokens.reduce((sum, each) => sum + each, 0);
  return (tokens.reduce((sum, each) => sum + each, 0) / (performance.now() - startMs)) * 1000;
}

function toPrompt(index: number): string {
  return `<|im_start|>user\nQuestion ${index}: how does a river find its way to the sea?<|im_end|>\n<|im_start|>assistant\n`;
}

async function askEngine(index: number): Promise<number> {
  const request: ChatRequest = {
    model: undefined,
    messages: [],
    rawPrompt: toPrompt(index),
    tools: [],
    toolChoice: { kind: "auto" },
    maxTokens: flags.tokens,
    temperature: 0,
    topP: undefined,
    seed: undefined,
    stop: [],
    ignoreEos: true,
  };
  const agent = { keyId: "", id: String(index) };
  const work = await engine.chat({ request, agent, rank: 0 }, { onEvents: () => undefined }, never);
  return work.outputTokens;
}

async function askBare(index: number): Promise<number> {
  const sequence = bare[index];
  if (sequence === undefined) return 0;
  await sequence.eraseContextTokenRanges([{ start: 1, end: sequence.nextTokenIndex }]);
  const prompt = model.tokenize(toPrompt(index), true).slice(sequence.nextTokenIndex);
  let tokens = 0;
  for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    model.detokenize([token]);
    tokens += 1;
    if (tokens === flags.tokens) break;
  }
  return tokens;
}

function describePair(name: string, ours: readonly number[], theirs: readonly number[]): string {
  const ratios = ours.map((speed, round) => speed / (theirs[round] ?? Number.NaN));
  return `${name}: ${median(ours).toFixed(1)} tokens/s, node-llama-cpp called directly ${median(theirs).toFixed(1)}; ratio ${median(ratios).toFixed(3)} (${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
