/**
 * What remembering conversations is worth. First the next turn of a long conversation: time to its first text cold, hot, and from
 * its state file after a restart of the server. Then 10 agents in turns on 4 sequences, with and without state files: how many of
 * their prompts' tokens were there already. Last, in this process and at temperature 0, whether what was kept changes an answer:
 * each against an uncached replay with the same batch boundaries, with which it must agree, and against a cold run of the whole
 * prompt, where each first token that differs is shown with how far apart the two were in logits.
 *
 *     npm run bench -- chat-memory [--model reference-chat-135m] [--threads N] [--work 1]
 *
 * `--work 0.1` is a quick try: a shorter conversation, fewer turns, and no figure is what it is meant to be.
 */
import { Agent } from "node:http";
import { availableParallelism, loadavg } from "node:os";
import { callChat, type ChatCall } from "./lib/chat-call.ts";
import { resolveBenchChatModel } from "./lib/chat-model.ts";
import { compareWithReplay, type Divergence } from "./lib/chat-replay.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { median } from "./lib/median.ts";
import { showProgress } from "./lib/progress.ts";
import { positive, readFlags, whole, words } from "./lib/read-flags.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { printVerdict } from "./lib/verdict.ts";
import { buildWeir, launchWeir } from "./lib/weir-command.ts";

const flags = readFlags({
  model: words("reference-chat-135m"),
  threads: whole(availableParallelism()),
  work: positive(1),
});
const scaled = (full: number, least: number): number => Math.max(least, Math.round(full * flags.work));
const longTokens = scaled(1_800, 200);
const rounds = scaled(3, 2);
const agents = scaled(10, 6);
const turns = scaled(50, 6);
const replayedTurns = scaled(12, 3);
const sequences = 4;
/** So close are two tokens that rounding decides between them; likely ones are several logits above the rest. */
const nearTieLogits = 0.5;

type Message = { readonly role: "user" | "assistant"; readonly content: string };

const path = await resolveBenchChatModel(flags.model);
buildWeir();
using folder = createTemporaryFolder("chat-memory");
const agent = new Agent({ keepAlive: true });
const launch = (args: readonly string[]): ReturnType<typeof launchWeir> =>
  launchWeir(
    `chat=${path}`,
    ["--threads", String(flags.threads), "--parallel", String(sequences), "--context", "4096", ...args],
    { closeTimeoutMs: 60_000 },
  );
type Server = Awaited<ReturnType<typeof launch>>;

print(`${describeMachine()}; ${path}, ${flags.threads} threads`);
await measureNextTurn();
await measureAgents(["--kv-dir", `${folder.path}/agents`]);
await measureAgents(["--kv-disk", "0"]);
await measureAnswers();
agent.destroy();

async function ask(
  server: Server,
  agentId: string,
  messages: readonly Message[],
  maxTokens: number,
): Promise<ChatCall> {
  const body = { model: "chat", messages, max_tokens: maxTokens, temperature: 0, ignore_eos: true };
  return callChat({ url: server.url, path: "/v1/chat/completions", agent, body, agentId });
}

async function measureNextTurn(): Promise<void> {
  const place = ["--kv-dir", `${folder.path}/turns`];
  const cold: number[] = [];
  const hot: number[] = [];
  const restored: number[] = [];
  const talks: Message[][] = [];
  let length = 0;
  {
    await using server = await launch(place);
    await ask(server, "warm-up", [{ role: "user", content: makeText("warm", 100) }], 4);
    for (let round = 0; round < rounds; round += 1) {
      showProgress(`next turn, round ${round + 1} of ${rounds}, load ${loadavg()[0]!.toFixed(1)}`);
      const talk: Message[] = [{ role: "user", content: makeText(`talk ${round}`, longTokens) }];
      const first = await ask(server, `talk-${round}`, talk, 16);
      length = first.inputTokens;
      cold.push(first.ttftMs);
      talk.push({ role: "assistant", content: first.text }, { role: "user", content: "And then?" });
      const second = await ask(server, `talk-${round}`, talk, 16);
      hot.push(second.ttftMs);
      talk.push({ role: "assistant", content: second.text }, { role: "user", content: "And after that?" });
      talks.push(talk);
    }
  }
  let missed = 0;
  await using server = await launch(place);
  await ask(server, "warm-up-2", [{ role: "user", content: makeText("warmer", 100) }], 4);
  for (const [round, talk] of talks.entries()) {
    const third = await ask(server, `talk-${round}`, talk, 16);
    restored.push(third.ttftMs);
    if (third.cachedTokens < length) missed += 1;
  }
  print(
    `next turn of ${length} tokens, time to first text: cold ${describeMs(cold)}, hot ${describeMs(hot)}, after a restart ${describeMs(restored)}; load ${loadavg()[0]!.toFixed(1)}`,
  );
  if (missed > 0) print(`${missed} of ${talks.length} conversations were not there after the restart`);
  const ratio = (values: readonly number[]): number =>
    median(values.map((value, round) => value / cold[round]!));
  printVerdict("hot / cold", ratio(hot), { most: 1 / 20 });
  printVerdict("after a restart / cold", ratio(restored), { most: 1 / 10 });
  printVerdict("after a restart", median(restored), { most: 500 }, "ms");
}

/** Each agent's conversation grows by a question and an answer a turn; as many talk at once as there are sequences. */
async function measureAgents(args: readonly string[]): Promise<void> {
  await using server = await launch(args);
  const talks = Array.from({ length: agents }, (): Message[] => []);
  const ttftMs: number[] = [];
  let read = 0;
  let cached = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    if (turn % 10 === 0) showProgress(`${agents} agents, ${args[0]}, turn ${turn} of ${turns}`);
    const waiting = [...talks.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [id, talk] = next;
        talk.push({ role: "user", content: makeText(`agent ${id} turn ${turn}`, 30) });
        const answer = await ask(server, `agent-${id}`, talk, 12);
        talk.push({ role: "assistant", content: answer.text });
        read += answer.inputTokens;
        cached += answer.cachedTokens;
        ttftMs.push(answer.ttftMs);
      }
    };
    await Promise.all(Array.from({ length: sequences }, work));
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const count = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  const each = (what: "save" | "restore"): string => {
    const times = count(`weir_chat_${what}s_total`);
    const ms = (count(`weir_chat_${what}_seconds_total`) * 1_000) / times;
    return `${times} ${what}s${times > 0 ? ` of ${ms.toFixed(1)} ms` : ""}`;
  };
  const kept = args[0] === "--kv-dir";
  print(
    `${agents} agents x ${turns} turns on ${sequences} sequences, ${kept ? "with" : "without"} state files: ${cached} of ${read} tokens were there, first text ${describeMs(ttftMs)}; ${each("save")}, ${each("restore")}; load ${loadavg()[0]!.toFixed(1)}`,
  );
  if (kept) printVerdict("token hit rate", cached / read, { least: 0.8 });
  else print(`token hit rate without: ${(cached / read).toFixed(3)}`);
}

async function measureAnswers(): Promise<void> {
  showProgress("answers against replays");
  const spec = { path, threads: flags.threads, directory: `${folder.path}/replay` };
  const found = await compareWithReplay({ ...spec, agents, turns: replayedTurns, makeText });
  print(
    `${found.answers} answers, ${found.fromDisk} of them from state files: ${found.equal} equal an uncached replay with the same batch boundaries`,
  );
  printVerdict("answers that a replay gives", found.equal / found.answers, { least: 1 });
  print(
    `against a cold run of the whole prompt ${found.answers - found.divergences.length} are equal; where the others part:`,
  );
  for (const divergence of found.divergences) print(`  ${describeDivergence(divergence)}`);
  const widest = Math.max(0, ...found.divergences.map(({ marginLogits }) => marginLogits));
  printVerdict("widest margin at a first divergence", widest, { most: nearTieLogits }, "logits");
}

function describeDivergence({ agentId, turn, token, marginLogits }: Divergence): string {
  return `${agentId}, turn ${turn}, token ${token}: ${marginLogits.toFixed(4)} logits between the two`;
}

/** About so many tokens that begin with `name`. */
function makeText(name: string, tokens: number): string {
  const words = ["the", "weir", "holds", "what", "the", "river", "brings", "over", "stones", "in", "spring"];
  const list = Array.from(
    { length: Math.round(tokens * 0.95) },
    (_, at) => words[(at * 7 + name.length) % words.length],
  );
  return `${name}: ${list.join(" ")}`;
}

function describeMs(values: readonly number[]): string {
  return `${median(values).toFixed(1)} ms`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
