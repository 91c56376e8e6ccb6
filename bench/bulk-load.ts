/**
 * Whether a large collection goes through: 10,000 documents of 2,000 characters on average, through `@weir/client` into
 * `weir serve` as it comes. Every one must be answered, no replica may be replaced unplanned, the last tenth must go as fast
 * as the first, and server and replica together must stay below a limit of memory.
 *
 *     npm run bench -- bulk-load [--model DIR] [--documents 10000] [--concurrency 2] [--limit-mb 450]
 *                                [--search-box [--alone 60] [--plain]]
 *
 * `--search-box` has somebody search meanwhile: one query about every 300 ms, whether or not the one before is answered,
 * for `--alone` seconds on the idle server and then beside the bulk load. The queries are of the class `interactive` and
 * the documents of the class `batch` (x-request-class), unless `--plain`.
 */
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, type Sidecar } from "@weir/client";
import { resolveRealModel } from "./lib/bench-model.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { readPart, say, startPart, untilFinished } from "./lib/part.ts";
import { describeMb, MemoryWatch } from "./lib/process-tree.ts";
import { quantile } from "./lib/quantile.ts";
import { timedCall } from "./lib/timed-call.ts";
import { buildWeir, launchWeir } from "./lib/weir-command.ts";
import { given, modelFolder, positive, readFlags, whole } from "./lib/read-flags.ts";

type Headers = Readonly<Record<string, string>>;

interface SearchPlan {
  readonly url: string;
  readonly headers: Headers;
  /** In front of each query, so that none is known from before. */
  readonly prefix: string;
}

interface Searches {
  /** From when each was due to its answer. */
  readonly times: readonly number[];
  /** How often each status but 200 came, and connections that failed. */
  readonly failures: Readonly<Record<string, number>>;
}

interface Bulk {
  readonly answered: number;
  readonly failures: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** Documents a second in the first and in the last tenth. */
  readonly first: number;
  readonly last: number;
  /** Of the process with the client, as a share of a core. */
  readonly clientCores: number;
}

const [shortest, longest] = [500, 3_500];
const everyMs = 300;
/** Documents come in batches: fewer of them say nothing about a rate. */
const leastTenth = 128;

const part = readPart();
if (part === undefined) await measure();
else await search(part.input as SearchPlan);

async function measure(): Promise<void> {
  const flags = readFlags({
    model: modelFolder,
    documents: whole(10_000),
    concurrency: whole(2),
    "limit-mb": positive(450),
    "search-box": given,
    alone: positive(60),
    plain: given,
  });
  const model = await resolveRealModel(flags.model);
  const classed = (name: string): Headers => (flags.plain ? {} : { "x-request-class": name });
  buildWeir();
  await using weir = await launchWeir(`model=${model}`, []);
  const count = flags.documents;
  const options = { concurrency: flags.concurrency, headers: classed("batch") };
  // What is compiled and allocated on first use is not the first tenth's.
  await bulkLoad(weir, 256, options, "warm-up");

  let alone: Searches | undefined;
  if (flags["search-box"]) {
    await using box = startPart(import.meta.url, "search", {
      url: weir.url,
      headers: classed("interactive"),
      prefix: "alone",
    } satisfies SearchPlan);
    await delay(flags.alone * 1_000);
    box.ask();
    alone = await box.next<Searches>();
  }
  using memory = new MemoryWatch(weir.pid!);
  await using box = flags["search-box"]
    ? startPart(import.meta.url, "search", {
        url: weir.url,
        headers: classed("interactive"),
        prefix: "beside",
      } satisfies SearchPlan)
    : undefined;
  const bulk = await bulkLoad(weir, count, options, "document");
  box?.ask();
  const beside = await box?.next<Searches>();
  const restarts = await countRestarts(weir.url);

  const limitBytes = flags["limit-mb"] * 1e6;
  const verdicts = [
    [bulk.answered === count, `${bulk.answered} of ${count} documents answered${describeFailures(bulk)}`],
    [restarts === 0, `${restarts} unplanned restarts`],
    judgeTenths(bulk, count),
    [
      // Where it cannot be read, nothing is claimed of it.
      !(memory.mostBytes > limitBytes),
      `server and replica at most ${describeMb(memory.mostBytes)}, wanted ${flags["limit-mb"]} MB`,
    ],
  ] as const;
  const good = verdicts.every(([holds]) => holds);
  console.log(
    `${count} documents of 2,000 characters on average take ${bulk.seconds.toFixed(0)} s, ${(count / bulk.seconds).toFixed(1)} a second, ` +
      (good ? "and nothing goes wrong on the way." : "and not all is as it is meant to be."),
  );
  console.log(`${describeMachine()}; model ${model}`);
  console.log(`the client took ${(100 * bulk.clientCores).toFixed(0)} % of a core\n`);
  for (const [holds, text] of verdicts) console.log(`${holds ? "ok    " : "MISSED"} ${text}`);
  if (alone !== undefined && beside !== undefined) printSearches(alone, beside);
  process.exitCode = good && Object.keys(beside?.failures ?? {}).length === 0 ? 0 : 1;
}

async function bulkLoad(
  { url }: Sidecar,
  count: number,
  options: { readonly concurrency: number; readonly headers: Headers },
  prefix: string,
): Promise<Bulk> {
  const client = createClient({ url, timeoutMs: 300_000, ...options });
  const failures = new Map<string, number>();
  // When each outcome came, from the beginning.
  const times: number[] = [];
  let answered = 0;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  for await (const outcome of client.embedStream(makeDocuments(count, prefix), { onError: "collect" })) {
    if (outcome.kind === "embedded" && outcome.vector.every(Number.isFinite)) answered++;
    else {
      const why = outcome.kind === "failed" ? outcome.error.code : "a vector that is no numbers";
      failures.set(why, (failures.get(why) ?? 0) + 1);
    }
    times.push(performance.now() - startedMs);
    if (process.stderr.isTTY && times.length % 1_000 === 0) console.error(`${times.length} ${prefix}s`);
  }
  const allMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const tenth = Math.max(1, Math.floor(count / 10));
  return {
    answered,
    failures,
    seconds: allMs / 1_000,
    first: (1_000 * tenth) / times[tenth - 1]!,
    last: (1_000 * tenth) / (allMs - times[count - tenth - 1]!),
    clientCores: (user + system) / 1_000 / allMs,
  };
}

function* makeDocuments(count: number, prefix: string): Generator<string> {
  const [text] = makeTexts(1, longest);
  for (let index = 0; index < count; index++) {
    // Spread evenly over the range, in an order without a pattern.
    const characters = shortest + ((index * 7_919) % (longest - shortest + 1));
    yield `${prefix} ${index} ${text}`.slice(0, characters);
  }
}

/** One query after the other until it is asked what came of it. */
async function search({ url, headers, prefix }: SearchPlan): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  const failures: Record<string, number> = {};
  const fail = (why: string): void => void (failures[why] = (failures[why] ?? 0) + 1);
  let index = 0;
  const startedMs = performance.now();
  const searching = new Set<Promise<void>>();
  const ask = async (): Promise<void> => {
    const dueMs = startedMs + index++ * everyMs;
    const body = JSON.stringify({
      input: `${prefix} ${index}: where does the river go?`,
      encoding_format: "base64",
    });
    try {
      const { status } = await timedCall(`${url}/v1/embeddings`, { agent, body, headers });
      if (status === 200) times.push(performance.now() - dueMs);
      else fail(String(status));
    } catch (error) {
      fail((error as Error).message);
    }
  };
  let timer: NodeJS.Timeout;
  const next = (): void => {
    const asked = ask().finally(() => searching.delete(asked));
    searching.add(asked);
    timer = setTimeout(next, startedMs + index * everyMs - performance.now());
  };
  next();
  await untilFinished(() => {
    clearTimeout(timer);
    void Promise.all(searching).then(() => say({ times, failures } satisfies Searches));
  });
  clearTimeout(timer!);
  agent.destroy();
}

function printSearches(alone: Searches, beside: Searches): void {
  console.log("\none query every 300 ms         n         p50         p95         p99     longest   failed");
  for (const [name, { times, failures }] of [
    ["on an idle server", alone],
    ["beside the bulk load", beside],
  ] as const) {
    const cells = [0.5, 0.95, 0.99, 1].map((part) => `${quantile(times, part).toFixed(1)} ms`);
    console.log(
      `${name.padEnd(24)}${String(times.length).padStart(7)}${cells.map((cell) => cell.padStart(12)).join("")}   ${describeCounts(Object.entries(failures)) || "none"}`,
    );
  }
  const ratio = quantile(beside.times, 0.5) / quantile(alone.times, 0.5);
  console.log(`beside the bulk load a query takes ${ratio.toFixed(1)} times as long (p50)`);
}

function judgeTenths({ first, last }: Bulk, count: number): readonly [boolean, string] {
  if (count < 10 * leastTenth)
    return [true, `too few documents for a first and a last tenth: ${10 * leastTenth} would do`];
  const rates = `${first.toFixed(1)} and ${last.toFixed(1)} documents/s`;
  return [
    last / first >= 0.95,
    `the last tenth at ${(last / first).toFixed(3)} of the first's rate (${rates}), wanted 0.95`,
  ];
}

function describeFailures({ failures }: Bulk): string {
  return failures.size === 0 ? "" : ` (${describeCounts([...failures])})`;
}

function describeCounts(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([why, count]) => `${why}: ${count}`).join(", ");
}

/** Replicas that were replaced for another reason than their age, by the server's own count. */
async function countRestarts(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = text.matchAll(/^weir_replica_restarts_total\{([^}]*)\} (\S+)$/gm);
  return [...found].reduce(
    (sum, [, labels, value]) => (labels!.includes("recycled-") ? sum : sum + Number(value)),
    0,
  );
}
