/**
 * What a chat model's clients see of its changes: a swap under load, its process killed in the middle of their answers, and
 * a restart of the server. Wanted are no failed answer and 30 s at most, an error in each client's own dialect within a
 * second, and conversations that go on where they were.
 *
 *     npm run bench -- chat-swap [--model FILE.gguf|NAME] [--users 6] [--args="FLAGS"]
 *
 * Without `--model` it is the reference model of 135M weights; `--args` are more flags of `weir serve`, written as `--args="--threads 1"`.
 */
import { request } from "node:http";
import { loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describeMachine } from "./lib/describe-machine.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { showProgress } from "./lib/progress.ts";
import { readFlags, whole, words } from "./lib/read-flags.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { buildWeir, createAdminKey, launchWeir } from "./lib/weir-command.ts";

const [mostSwapMs, mostErrorMs, longestStartMs] = [30_000, 1_000, 300_000] as const;

/** Each dialect with a streamed answer that does not end by itself, and how its own error looks in a stream. */
const dialects = {
  openai: {
    path: "/v1/chat/completions",
    body: { stream: true, ignore_eos: true, max_tokens: 1_500 },
    error: /\n\ndata: \{"error":\{/,
  },
  anthropic: {
    path: "/v1/messages",
    body: { stream: true, ignore_eos: true, max_tokens: 1_500 },
    error: /event: error\ndata: \{"type":"error"/,
  },
  ollama: {
    path: "/api/chat",
    body: { stream: true, ignore_eos: true, options: { num_predict: 1_500 } },
    error: /\n\{"error":/,
  },
} as const;
type Dialect = (typeof dialects)[keyof typeof dialects];

const flags = readFlags({ model: words("reference-chat-135m"), users: whole(6), args: words("") });
buildWeir();
console.log(describeMachine());
const folder = createTemporaryFolder("chat-swap");
const keys = join(folder.path, "keys.json");
const headers = { "content-type": "application/json", authorization: `Bearer ${createAdminKey(keys)}` };
let good = true;
try {
  await measure();
} finally {
  folder[Symbol.dispose]();
}
process.exitCode = good ? 0 : 1;

async function measure(): Promise<void> {
  const agents = ["anna", "bert", "carla"];
  const kept = new Map<string, Turn[]>();
  {
    await using server = await launch();
    const { url } = server;
    await swapUnderLoad(url);
    for (const agent of agents) kept.set(agent, await talk(url, agent, []));
    for (const agent of agents) {
      const { status } = await call(`${url}/v1/agents/${agent}/save`, "{}");
      if (status !== 200) throw new Error(`saving ${agent} gave ${status}`);
    }
    await killInMidstream(url);
    for (const agent of agents) kept.set(agent, await goOn(url, agent, kept.get(agent)!, "after the crash"));
  }
  const fromMs = performance.now();
  await using server = await launch();
  console.log(
    `restarted in ${((performance.now() - fromMs) / 1_000).toFixed(1)} s; load ${loadavg()[0]!.toFixed(1)}`,
  );
  for (const agent of agents) await goOn(server.url, agent, kept.get(agent)!, "after the restart");
}

function launch(): ReturnType<typeof launchWeir> {
  showProgress("starting the server");
  const args = flags.args.split(" ").filter((arg) => arg !== "");
  return launchWeir(`chat=${flags.model}`, ["--kv-dir", folder.path, "--api-keys", keys, ...args], {
    // The states of conversations are written before it ends.
    closeTimeoutMs: 60_000,
  });
}

async function swapUnderLoad(url: string): Promise<void> {
  showProgress("swapping under load");
  let over = false;
  let answered = 0;
  const failures: string[] = [];
  const texts = makeTexts(flags.users, 200);
  const use = async (user: number): Promise<void> => {
    while (!over) {
      try {
        const { status, text } = await ask(url, texts[user]!, `user-${user}`, 16);
        if (status === 200 && text.endsWith("data: [DONE]\n\n") && !text.includes('"error"')) answered++;
        else failures.push(`${status} ${text.slice(-200)}`);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const users = Array.from({ length: flags.users }, (_, user) => use(user));
  while (answered < flags.users && failures.length === 0) await delay(20);
  const fromMs = performance.now();
  const before = await readPid(url);
  const swap = await call(`${url}/admin/models/chat`, JSON.stringify({ path: flags.model }), "PUT");
  const ms = performance.now() - fromMs;
  const since = answered;
  while (answered < since + flags.users && failures.length === 0) await delay(20);
  over = true;
  await Promise.all(users);
  const after = await readPid(url);
  console.log(
    `swap under ${flags.users} users: ${(ms / 1_000).toFixed(1)} s, status ${swap.status}, ${answered} answered, ${failures.length} failed; load ${loadavg()[0]!.toFixed(1)}`,
  );
  for (const failure of failures.slice(0, 3)) console.log(`  FAILED ${failure}`);
  verdict("swapped in time", swap.status === 200 && ms <= mostSwapMs && after !== before);
  verdict("no answer failed", failures.length === 0 && answered > 0);
}

async function killInMidstream(url: string): Promise<void> {
  showProgress("killing the model's process in midstream");
  const pid = await readPid(url);
  let killedMs = Number.NaN;
  const streams = Object.values(dialects).map((dialect) => hear(url, dialect));
  await Promise.all(streams.map(({ begun }) => begun));
  killedMs = performance.now();
  process.kill(pid, "SIGKILL");
  const ended = await Promise.all(streams.map(({ done }) => done));
  for (const [index, name] of Object.keys(dialects).entries()) {
    const { text, endMs } = ended[index]!;
    const { error } = Object.values(dialects)[index]!;
    const ms = endMs - killedMs;
    console.log(
      `killed in midstream, ${name.padEnd(9)}: ${ms.toFixed(0)} ms until ${text.slice(-120).trim()}`,
    );
    verdict(`the error of ${name} in time`, error.test(text) && ms <= mostErrorMs);
  }
  while ((await fetch(`${url}/health/ready`)).status !== 200) {
    if (performance.now() - killedMs > longestStartMs) throw new Error("it did not come back");
    await delay(20);
  }
  console.log(
    `back by itself after ${((performance.now() - killedMs) / 1_000).toFixed(1)} s; load ${loadavg()[0]!.toFixed(1)}`,
  );
}

/** An answer under way. `begun` resolves with its first text, `done` with its end, whichever that is. */
function hear(
  url: string,
  { path, body }: Dialect,
): {
  readonly begun: Promise<void>;
  readonly done: Promise<{ readonly text: string; readonly endMs: number }>;
} {
  let text = "";
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const done = new Promise<{ text: string; endMs: number }>((resolve, reject) => {
    const sent = request(url + path, { method: "POST", agent: false, headers }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
        // A few frames on: the model is generating.
        if (text.length > 2_000) begin();
      });
      response.on("error", () => {});
      response.on("close", () => {
        begin();
        resolve({ text, endMs: performance.now() });
      });
    });
    sent.on("error", reject);
    const messages = [{ role: "user", content: "Tell a long story." }];
    sent.end(JSON.stringify({ model: "chat", messages, ...body }));
  });
  return { begun, done };
}

interface Turn {
  readonly role: "user" | "assistant";
  readonly content: string;
}

async function talk(url: string, agent: string, before: readonly Turn[]): Promise<Turn[]> {
  const messages: Turn[] = [...before, { role: "user", content: makeTexts(1, 800)[0]! + agent }];
  const { status, text } = await askWhole(url, agent, messages);
  if (status !== 200) throw new Error(`${agent}: ${status} ${text}`);
  const { choices } = JSON.parse(text) as { choices: { message: { content: string } }[] };
  return [...messages, { role: "assistant", content: choices[0]!.message.content }];
}

/** The next turn of a conversation, whose beginning must be known. */
async function goOn(url: string, agent: string, before: readonly Turn[], when: string): Promise<Turn[]> {
  const messages: Turn[] = [...before, { role: "user", content: "And then?" }];
  const { status, text, ms } = await askWhole(url, agent, messages);
  if (status !== 200) throw new Error(`${agent}: ${status} ${text}`);
  const { usage, choices } = JSON.parse(text) as {
    usage: { prompt_tokens: number; prompt_tokens_details: { cached_tokens: number } };
    choices: { message: { content: string } }[];
  };
  const cached = usage.prompt_tokens_details.cached_tokens;
  console.log(`${agent} ${when}: ${cached} of ${usage.prompt_tokens} tokens were known, ${ms.toFixed(0)} ms`);
  // What was said last is computed anew where the text gives other tokens than the model wrote.
  verdict(`${agent} is known ${when}`, cached > usage.prompt_tokens / 2);
  return [...messages, { role: "assistant", content: choices[0]!.message.content }];
}

function askWhole(url: string, agent: string, messages: readonly Turn[]): ReturnType<typeof call> {
  const body = { model: "chat", messages, max_tokens: 8, temperature: 0 };
  return call(`${url}/v1/chat/completions`, JSON.stringify(body), "POST", { "x-agent-id": agent });
}

function ask(url: string, content: string, agent: string, maxTokens: number): ReturnType<typeof call> {
  const messages = [{ role: "user", content }];
  const body = { model: "chat", messages, stream: true, max_tokens: maxTokens, ignore_eos: true };
  return call(`${url}/v1/chat/completions`, JSON.stringify(body), "POST", { "x-agent-id": agent });
}

async function readPid(url: string): Promise<number> {
  const { models } = (await (await fetch(`${url}/health`, { headers })).json()) as {
    readonly models: readonly { readonly replicas: readonly { readonly pid: number | null }[] }[];
  };
  const pid = models[0]?.replicas.find((replica) => replica.pid !== null)?.pid;
  if (pid === undefined || pid === null) throw new Error("the model has no process");
  return pid;
}

async function call(
  url: string,
  body: string,
  method: "POST" | "PUT" = "POST",
  more: Record<string, string> = {},
): Promise<{ readonly status: number; readonly text: string; readonly ms: number }> {
  const fromMs = performance.now();
  const response = await fetch(url, { method, body, headers: { ...headers, ...more } });
  return { status: response.status, text: await response.text(), ms: performance.now() - fromMs };
}

function verdict(what: string, held: boolean): void {
  console.log(`${held ? "held" : "MISSED"}: ${what}`);
  good = held && good;
}
