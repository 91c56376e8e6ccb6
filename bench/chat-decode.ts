/**
 * Microseconds of CPU to read 1,000 chunks of a streamed chat answer, each of which comes by itself: our decoders beside
 * the npm client of each API. "decoder" is bytes to events; "stream" reads the same web stream that the npm clients are
 * given, so it is what they are to be compared with. Clients take turns; medians of rounds, and the ratio within a round.
 *
 *     npm run bench -- chat-decode [--chunks 2000] [--rounds 15]
 */
import Anthropic from "@anthropic-ai/sdk";
import { chatDialects, type ChatDialectName, type ChatEvent } from "@weir/protocol";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { median } from "./lib/median.ts";
import { readFlags, whole } from "./lib/read-flags.ts";

const { chunks, rounds } = readFlags({ chunks: whole(2_000), rounds: whole(15) });
const wanted = 2;
const words = [" the", " river", " holds", ",", " and", "\n", ' "weir"', " measures"];

/** The frames of one answer, one for each token. */
function encodeFrames(name: ChatDialectName): readonly Uint8Array[] {
  const head = { id: "1", model: "m", createdAtMs: Date.now(), inputTokens: 9, cachedInputTokens: 0 };
  const encoder = chatDialects[name].createStreamEncoder(head, { usage: true });
  const usage = { inputTokens: 9, outputTokens: chunks, cachedInputTokens: 0, reasoningTokens: 0 };
  const events: ChatEvent[] = [
    ...Array.from(
      { length: chunks },
      (_, at) => ({ kind: "text", text: words[at % words.length]! }) as const,
    ),
    { kind: "finish", finish: { reason: "end", usage } },
  ];
  return [encoder.open(), ...events.map((event) => encoder.encode(event))].filter(({ length }) => length > 0);
}

function toResponse(name: ChatDialectName, frames: readonly Uint8Array[]): Response {
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const frame = frames[at];
      at += 1;
      if (frame === undefined) controller.close();
      else controller.enqueue(frame);
    },
  });
  return new Response(body, { headers: { "content-type": chatDialects[name].streamType } });
}

/** Each reads one answer and gives the length of its text. */
type Read = (frames: readonly Uint8Array[]) => Promise<number>;

function lengthOf(events: readonly ChatEvent[]): number {
  let length = 0;
  for (const event of events) if (event.kind === "text") length += event.text.length;
  return length;
}

function decodeAlone(name: ChatDialectName): Read {
  return (frames) => {
    const decoder = chatDialects[name].createStreamDecoder();
    let length = 0;
    for (const frame of frames) length += lengthOf(decoder.push(frame));
    return Promise.resolve(length + lengthOf(decoder.end()));
  };
}

function decodeStream(name: ChatDialectName): Read {
  return async (frames) => {
    const decoder = chatDialects[name].createStreamDecoder();
    const { body } = toResponse(name, frames);
    let length = 0;
    for await (const bytes of body!) length += lengthOf(decoder.push(bytes));
    return length + lengthOf(decoder.end());
  };
}

const peers: Readonly<Record<string, Read>> = {
  openai: async (frames) => {
    const client = new OpenAI({
      apiKey: "k",
      baseURL: "http://bench.invalid/v1",
      fetch: () => Promise.resolve(toResponse("openai", frames)),
    });
    const messages = [{ role: "user", content: "x" }] as const;
    let length = 0;
    for await (const { choices } of await client.chat.completions.create({
      model: "m",
      messages: [...messages],
      stream: true,
    }))
      length += choices[0]?.delta.content?.length ?? 0;
    return length;
  },
  anthropic: async (frames) => {
    const client = new Anthropic({
      apiKey: "k",
      baseURL: "http://bench.invalid",
      fetch: () => Promise.resolve(toResponse("anthropic", frames)),
    });
    let length = 0;
    for await (const event of await client.messages.create({
      model: "m",
      max_tokens: 9,
      messages: [{ role: "user", content: "x" }],
      stream: true,
    }))
      if (event.type === "content_block_delta" && event.delta.type === "text_delta")
        length += event.delta.text.length;
    return length;
  },
  ollama: async (frames) => {
    const client = new Ollama({
      host: "http://bench.invalid",
      fetch: () => Promise.resolve(toResponse("ollama", frames)),
    });
    let length = 0;
    for await (const { message } of await client.chat({ model: "m", messages: [], stream: true }))
      length += message.content.length;
    return length;
  },
};

/** Microseconds of CPU for 1,000 chunks. */
async function time(read: Read, frames: readonly Uint8Array[], expected: number): Promise<number> {
  const before = process.cpuUsage();
  const length = await read(frames);
  const { user, system } = process.cpuUsage(before);
  if (length !== expected) throw new Error(`read ${length} of ${expected} characters`);
  return ((user + system) * 1_000) / chunks;
}

console.log(
  `${chunks} chunks, µs of CPU for 1,000 of them, medians of ${rounds} rounds, Node ${process.version}`,
);
console.log("                 decoder   stream   npm client   client / stream (least to most)");
let holds = true;
const expected = Array.from({ length: chunks }, (_, at) => words[at % words.length]!).join("").length;
for (const name of ["openai", "anthropic", "ollama"] as const) {
  const frames = encodeFrames(name);
  const readers: readonly Read[] = [decodeAlone(name), decodeStream(name), peers[name]!];
  for (let warmup = 0; warmup < 5; warmup += 1)
    for (const read of readers) await time(read, frames, expected);
  const times: number[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const row: number[] = [];
    for (const read of readers) row.push(await time(read, frames, expected));
    times.push(row);
  }
  const ratios = times.map((row) => row[2]! / row[1]!);
  const cells = [0, 1, 2].map((at) =>
    median(times.map((row) => row[at]!))
      .toFixed(0)
      .padStart(9),
  );
  const range = `${median(ratios).toFixed(1)} (${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)})`;
  console.log(`${name.padEnd(15)}${cells[0]}${cells[1]}${cells[2]?.padStart(13)}   ${range}`);
  holds &&= median(ratios) >= wanted;
}
console.log(`${holds ? "ok    " : "MISSED"} wanted at least ${wanted} x the npm clients`);
process.exitCode = holds ? 0 : 1;
