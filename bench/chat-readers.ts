/**
 * What slow readers cost others: how long an answer of the echo chat engine takes a client that reads at once, alone and
 * beside clients that hardly read theirs, in turns; and what becomes of clients that do not read at all, and of the server's
 * memory meanwhile. Server, slow readers and the fast one have a process each.
 *
 *     npm run bench -- chat-readers [--readers 200] [--rounds 12] [--answers 12] [--tokens 1000]
 */
import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { startServer } from "@weir/server";
import { residentBytes } from "./lib/cpu-time.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { median } from "./lib/median.ts";
import { readPart, say, startPart, untilFinished, type Part } from "./lib/part.ts";
import { showProgress } from "./lib/progress.ts";
import { readFlags, whole } from "./lib/read-flags.ts";
import { Started } from "./lib/started.ts";
import { timedCall } from "./lib/timed-call.ts";

const mostRatio = 1.05;
/** What a server may hold for a client that does not read, and what Node's heap may grow by meanwhile. */
const mostUnreadBytes = 1024 * 1024;
const mostGrowthBytes = 24e6;
/** An answer that fills every buffer on its way, and the server's, several times over. */
const [longWordBytes, longWords] = [16_384, 2_048];
/** What is told to be slow has a token a second, of half a kilobyte: readers that slow are no work, only unread. */
const slow = { text: "slowly", tokenGapMs: 1_000, words: 60, wordBytes: 500, readBytes: 64 };

interface ReadersTask {
  readonly url: string;
  readonly readers: number;
}

const headers = { "content-type": "application/json" };

const part = readPart();
if (part === undefined) await measure();
else if (part.name === "serve") await serve(part.input as boolean);
else await readSlowly(part.input as ReadersTask);

async function measure(): Promise<void> {
  const flags = readFlags({
    readers: whole(200),
    rounds: whole(12),
    answers: whole(12),
    tokens: whole(1_000),
  });
  console.log(describeMachine());
  const isQuick = await measureFast(flags);
  const isCut = await measureUnread();
  process.exitCode = isQuick && isCut ? 0 : 1;
}

async function measureFast(flags: {
  readonly readers: number;
  readonly rounds: number;
  readonly answers: number;
  readonly tokens: number;
}): Promise<boolean> {
  await using started = new Started();
  const server = started.use(startPart(import.meta.url, "serve", false));
  const { url } = await server.next<{ url: string }>();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const content = "a word ".repeat(Math.ceil(flags.tokens / 2)).trim();
  const round = async (): Promise<number> => {
    const times: number[] = [];
    for (let index = 0; index < flags.answers; index++) {
      const { ms, status, text } = await timedCall(`${url}/v1/chat/completions`, {
        agent,
        body: toBody(content),
        headers,
      });
      if (status !== 200 || !text.endsWith("data: [DONE]\n\n"))
        throw new Error(`status ${status}: ${text.slice(-200)}`);
      times.push(ms);
    }
    return median(times);
  };
  for (let index = 0; index < 5; index++) await round();
  const found = { alone: [] as number[], beside: [] as number[] };
  for (let index = 0; index < flags.rounds; index++) {
    showProgress(`round ${index + 1} of ${flags.rounds}`);
    const before = await round();
    {
      await using readers = startPart(import.meta.url, "readers", {
        url,
        readers: flags.readers,
      } satisfies ReadersTask);
      await readers.next();
      found.beside.push(await round());
    }
    await untilIdle(url);
    // On both sides of the other: whatever drifts counts for neither.
    found.alone.push((before + (await round())) / 2);
  }
  agent.destroy();
  const ratio = median(found.beside.map((ms, index) => ms / found.alone[index]!));
  const held = ratio <= mostRatio;
  console.log(
    `an answer of ${flags.tokens} tokens, medians of ${flags.rounds} rounds: alone ${median(found.alone).toFixed(1)} ms, beside ${flags.readers} slow readers ${median(found.beside).toFixed(1)} ms; load ${loadavg()[0]!.toFixed(1)}`,
  );
  console.log(`${held ? "held" : "MISSED"}: ratio ${ratio.toFixed(3)}, wanted at most ${mostRatio}`);
  return held;
}

/** Clients that never read, one after the other. */
async function measureUnread(): Promise<boolean> {
  const clients = 8;
  await using server: Part = startPart(import.meta.url, "serve", true);
  const { url } = await server.next<{ url: string }>();
  const agent = new Agent();
  const { text } = await timedCall(`${url}/v1/chat/completions`, { agent, body: toBody("all"), headers });
  agent.destroy();
  const whole = text.length;
  await untilIdle(url);
  const before = residentBytes(server.pid);
  let most = before;
  let cut = 0;
  let got = 0;
  for (let client = 0; client < clients; client++) {
    showProgress(`client ${client + 1} of ${clients} that does not read`);
    const response = await ask(url, "all");
    response.on("error", () => {});
    const over = untilIdle(url);
    let isOver = false;
    void over.then(() => (isOver = true));
    while (!isOver) {
      most = Math.max(most, residentBytes(server.pid));
      await delay(20);
    }
    let bytes = 0;
    response.on("data", (piece: Buffer) => (bytes += piece.length));
    // `once` would reject with the error that being cut is.
    await new Promise((resolve) => response.on("close", resolve));
    if (!response.complete) cut++;
    got = Math.max(got, bytes);
  }
  const growth = most - before;
  const held = cut === clients && !(growth > mostGrowthBytes);
  console.log(
    `${clients} clients that do not read an answer of ${(whole / 1e6).toFixed(0)} MB: ${cut} cut, the system's buffers held ${(got / 1e6).toFixed(1)} MB of it at most, the server ${mostUnreadBytes / 1024} KiB`,
  );
  console.log(
    `${held ? "held" : "MISSED"}: all cut, the server's memory grew by ${(growth / 1e6).toFixed(1)} MB, wanted at most ${mostGrowthBytes / 1e6}`,
  );
  return held;
}

function toBody(content: string): string {
  return JSON.stringify({ messages: [{ role: "user", content }], stream: true, max_tokens: 8_000 });
}

/** The head of an answer, of which nothing is read yet. */
async function ask(url: string, content: string): Promise<IncomingMessage> {
  const call = request(`${url}/v1/chat/completions`, { method: "POST", headers, agent: false });
  call.end(toBody(content));
  const [response] = (await once(call, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  return response;
}

/** Waits until the model computes nothing. */
async function untilIdle(url: string): Promise<void> {
  for (;;) {
    const health = (await (await fetch(`${url}/health`)).json()) as {
      readonly models: readonly { readonly queue: { readonly slots_in_use: number } }[];
    };
    if (health.models.every(({ queue }) => queue.slots_in_use === 0)) return;
    await delay(20);
  }
}

async function serve(answersLong: boolean): Promise<void> {
  const long = Array.from({ length: longWords }, () => "w".repeat(longWordBytes)).join(" ");
  const options = answersLong ? { answer: long } : { slowText: slow.text, tokenGapMs: slow.tokenGapMs };
  const engineModule = import.meta.resolve("@weir/engine/echo-chat");
  await using server = await startServer({
    models: [{ name: "model", chat: { engineModule, spec: { path: "/", sequences: 256, options } } }],
    port: 0,
    version: "bench",
  });
  await server.ready;
  say({ url: server.url });
  await untilFinished();
}

/** Says so when every one has its answer's head, and goes on until the bench ends it. */
async function readSlowly({ url, readers }: ReadersTask): Promise<void> {
  const content = `${slow.text} ${`${"x".repeat(slow.wordBytes)} `.repeat(slow.words)}`;
  const responses = await Promise.all(Array.from({ length: readers }, () => ask(url, content)));
  say("all begun");
  const timer = setInterval(() => {
    for (const response of responses) response.read(slow.readBytes);
  }, slow.tokenGapMs);
  await untilFinished();
  clearInterval(timer);
  for (const response of responses) response.destroy();
}
