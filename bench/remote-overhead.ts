/**
 * What a Weir in front of another server costs: the same request straight to a server with a ready answer, through Weir in
 * the same dialect (bytes pass through), and through Weir in another one (vectors are read and written anew). Rounds
 * alternate. All of it is in one process, so the times are of work, not of waiting.
 *
 *     npm run bench -- remote-overhead [--rounds 15]
 */
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { embeddingDialects } from "@weir/protocol";
import { startServer } from "@weir/server";
import { median } from "./lib/median.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { readFlags, whole } from "./lib/read-flags.ts";

const flags = readFlags({
  rounds: whole(15),
});
const rounds = flags.rounds;
const dimensions = 768;
const calls = 40;

/** A server that answers at once, with as many vectors as the path says. */
function createAnswer(count: number, encoding: "float" | "base64"): Uint8Array {
  const values = Float32Array.from({ length: count * dimensions }, (_, index) => Math.sin(index) / 28);
  const result = { model: "m", vectors: { count, dimensions, values }, inputTokens: 9, truncated: 0 };
  return embeddingDialects.openai.encodeResponse(result, encoding);
}
const answers = new Map<string, Uint8Array>();
const canned = createServer((asked, response) => {
  let body = "";
  asked.on("data", (piece: Buffer) => (body += piece.toString()));
  asked.on("end", () => {
    const { input, encoding_format = "float" } = JSON.parse(body) as {
      input: string | string[];
      encoding_format?: "float" | "base64";
    };
    const key = `${[input].flat().length} ${encoding_format}`;
    if (!answers.has(key)) answers.set(key, createAnswer([input].flat().length, encoding_format));
    response.setHeader("content-type", "application/json").end(answers.get(key));
  });
});
await new Promise<void>((resolve) => void canned.listen(0, "127.0.0.1", resolve));
const direct = `http://127.0.0.1:${(canned.address() as AddressInfo).port}`;
await using weir = await startServer({
  models: [{ name: "m", remote: { url: direct } }],
  port: 0,
  version: "bench",
});
await weir.ready;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
function post(url: string, body: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: "POST", agent }, (response) => {
      response.on("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
      response.resume();
    });
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}

async function timeMs(url: string, body: object): Promise<number> {
  const fromMs = performance.now();
  for (let call = 0; call < calls; call += 1) await post(url, body);
  return (performance.now() - fromMs) / calls;
}

process.stdout.write(`${dimensions} dimensions, ${rounds} rounds of ${calls} calls, medians in ms\n`);
for (const count of [1, 64]) {
  const texts = makeTexts(count, 100);
  for (const encoding of ["float", "base64"] as const) {
    const asked = { model: "m", input: texts, encoding_format: encoding };
    const ways = {
      direct: () => timeMs(`${direct}/v1/embeddings`, asked),
      passed: () => timeMs(`${weir.url}/v1/embeddings`, asked),
      translated: () => timeMs(`${weir.url}/embed`, { texts }),
    };
    const times = { direct: [] as number[], passed: [] as number[], translated: [] as number[] };
    for (const way of Object.values(ways)) await way();
    for (let round = 0; round < rounds; round += 1) {
      for (const name of ["direct", "passed", "translated"] as const) times[name].push(await ways[name]());
    }
    const shown = Object.entries(times).map(([name, all]) => `${name} ${median(all).toFixed(2)}`);
    process.stdout.write(`${count === 1 ? "1 text" : `${count} texts`}, ${encoding}: ${shown.join(", ")}\n`);
  }
}
agent.destroy();
canned.close();
canned.closeAllConnections();
