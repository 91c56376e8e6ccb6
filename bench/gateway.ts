/**
 * What a streamed chat answer of another server costs on its way through `weir serve --upstream`: CPU of the gateway per 100
 * chunks that come one by one, where the bytes pass through (the client speaks the server's dialect) and where they are
 * translated (an Anthropic client before an OpenAI server); and what it adds to the time to the first token. Beside both the
 * floor: a bare pipe of two sockets in a Node process, which no gateway on Node goes below. All in turns, in one run.
 *
 *     npm run bench -- gateway [--streams 16] [--chunks 1000] [--rounds 21] [--first 1000]
 *
 * Where CPU is measured the server and the clients are this process and the gateway is another one; for the first token each is one of its own. Each stream is a closed loop: its next chunk is sent when the
 * client has the one before.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { startServer } from "@weir/server";
import { startClosedLoop, type ClosedLoop } from "./lib/closed-loop.ts";
import { median } from "./lib/median.ts";
import { readPart, say, startPart, untilFinished, type Part } from "./lib/part.ts";
import { readFlags, whole } from "./lib/read-flags.ts";
import { Started } from "./lib/started.ts";

const mostCpuMs = 2.5;
const mostShare = 1 / 3;
const mostAddedMs = 1;

/** A process that has just started runs code that is not compiled yet: those requests are shown by themselves. */
const freshRequests = 200;
const warmUpRequests = 1_000;

const ways = {
  pipe: { part: "pipe", path: "/v1/chat/completions" },
  passed: { part: "gateway", path: "/v1/chat/completions" },
  translated: { part: "gateway", path: "/v1/messages" },
} as const;
type Way = keyof typeof ways;

const part = readPart();
if (part === undefined) await measure();
else await runPart(part.name, part.input as string);

async function measure(): Promise<void> {
  const { streams, chunks, rounds, first } = readFlags({
    streams: whole(16),
    chunks: whole(1_000),
    rounds: whole(21),
    first: whole(1_000),
  });
  await using started = new Started();
  const loop = started.use(await startClosedLoop());
  const parts = new Map<string, { readonly part: Part; readonly url: string }>();
  for (const name of ["pipe", "gateway"]) {
    const running = started.use(startPart(import.meta.url, name, loop.url));
    parts.set(name, { part: running, url: (await running.next<{ url: string }>()).url });
  }
  const partOf = (way: Way) => parts.get(ways[way].part)!;

  async function measureCpu(way: Way): Promise<number> {
    const { part: running, url } = partOf(way);
    running.ask();
    const before = await running.next<number>();
    await Promise.all(Array.from({ length: streams }, () => loop.stream(url, ways[way].path, chunks)));
    running.ask();
    return ((await running.next<number>()) - before) / ((streams * chunks) / 100);
  }

  const names = Object.keys(ways) as Way[];
  for (const way of names) await measureCpu(way);
  const cpu: Record<Way, number[]> = { pipe: [], passed: [], translated: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const way of round % 2 === 0 ? names : names.toReversed()) cpu[way].push(await measureCpu(way));
  }
  const each = (way: Way): number => median(cpu[way]);
  console.log(
    `${streams} streams of ${chunks} chunks that come one by one, ${rounds} rounds; CPU per 100 chunks, medians`,
  );
  for (const way of names) console.log(`  ${way.padEnd(12)}${each(way).toFixed(2)} ms (${spread(cpu[way])})`);
  const whole3 = cpu.passed.map((value, round) => value / cpu.translated[round]!);
  // Each difference is smaller than what one round differs from the next by: a ratio of each round's would be drawn towards 1.
  const abovePipe = (way: Way): number => median(cpu[way].map((value, round) => value - cpu.pipe[round]!));
  const own = abovePipe("passed") / abovePipe("translated");
  console.log(
    `  passed / translated: ${median(whole3).toFixed(2)}; above the pipe ${abovePipe("passed").toFixed(3)} and ${abovePipe("translated").toFixed(3)} ms: ${own.toFixed(2)}`,
  );

  // Each of them in a process of its own, as they are in life.
  const server = started.use(startPart(import.meta.url, "server", ""));
  const { url: direct } = await server.next<{ url: string }>();
  const gateway = started.use(startPart(import.meta.url, "gateway", direct));
  const { url: through } = await gateway.next<{ url: string }>();
  const fresh = await measureFirst(loop, { direct, through }, Math.min(first, freshRequests));
  await measureFirst(loop, { direct, through }, warmUpRequests);
  const added = await measureFirst(loop, { direct, through }, first);
  for (const [which, times] of [
    ["fresh", fresh],
    ["warm", added],
  ] as const)
    console.log(
      `time to the first token, ${times.direct.length} requests each, ${which}, medians (least): direct ${describeTimes(times.direct)}, through the gateway ${describeTimes(times.through)}`,
    );
  verdict("CPU of 100 chunks passed through", each("passed"), mostCpuMs, "ms");
  verdict("of that of translating them, above the pipe", own, mostShare, "");
  verdict("added to the first token", median(added.through) - median(added.direct), mostAddedMs, "ms");
}

/** One request at a time, straight and through the gateway in turns. */
async function measureFirst(
  loop: ClosedLoop,
  urls: { readonly direct: string; readonly through: string },
  count: number,
): Promise<{ readonly direct: readonly number[]; readonly through: readonly number[] }> {
  const direct: number[] = [];
  const through: number[] = [];
  const { path } = ways.passed;
  for (let index = 0; index < count; index += 1) {
    direct.push(await loop.stream(urls.direct, path, 1));
    through.push(await loop.stream(urls.through, path, 1));
  }
  return { direct, through };
}

function describeTimes(timesMs: readonly number[]): string {
  return `${median(timesMs).toFixed(2)} ms (${Math.min(...timesMs).toFixed(2)})`;
}

function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
}

function verdict(what: string, got: number, most: number, unit: string): void {
  const held = got <= most;
  console.log(
    `${held ? "held" : "MISSED"}: ${what} ${got.toFixed(2)} ${unit}, wanted at most ${most.toFixed(2)}`,
  );
  if (!held) process.exitCode = 1;
}

async function runPart(name: string, upstream: string): Promise<void> {
  const tellCpu = (): void => {
    const { user, system } = process.cpuUsage();
    say((user + system) / 1_000);
  };
  if (name === "server") {
    await using server = await startClosedLoop();
    say({ url: server.url });
    return await untilFinished();
  }
  if (name === "pipe") {
    const { hostname, port } = new URL(upstream);
    const server = createServer({ noDelay: true }, (client) => joinSockets(client, hostname, Number(port)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    say({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await untilFinished(tellCpu);
    return void server.close();
  }
  await using server = await startServer({
    models: [{ name: "model", upstream: { servers: [{ url: upstream }] } }],
    port: 0,
    version: "bench",
  });
  await server.ready;
  say({ url: server.url });
  await untilFinished(tellCpu);
}

function joinSockets(client: Socket, host: string, port: number): void {
  const server = connect({ host, port, noDelay: true });
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on("data", (bytes) => to.write(bytes));
    from.on("close", end);
    from.on("error", end);
  }
}
