/**
 * Whether `weir serve` embeds faster than the Python servers that people run, with the same weights and the same texts over
 * HTTP: FastAPI around sentence-transformers, and infinity (bench/peers; each gets a Python environment in the user's
 * cache on first use). All servers are resident, one of them is under load at a time, rounds go through all of them in
 * turns, in the other direction every second time. A peer whose packages cannot be had is left out.
 *
 *     npm run bench -- embed-peers [--model DIR] [--precision auto | --int8-model DIR] [--rounds 3] [--work 1]
 *                                  [--peers fastapi-sidecar,infinity] [--lines TEXT,...]
 *
 * `--model` is the float32 folder of all-MiniLM-L6-v2 (default: WEIR_BENCH_MODEL, else the shared one). `--precision` serves
 * it once more with that flag of `weir serve`, `--int8-model` a folder of `weir models quantize`. `--work` scales how many
 * requests a line has; `--lines` takes only those whose name contains one of the texts.
 */
import { precisionWishes } from "@weir/engine";
import { resolveRealModel } from "./lib/bench-model.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { createEmbedLines, holds, readFigure, worstOf, type EmbedLine } from "./lib/embed-lines.ts";
import { embedOnce, leastCosine, runEmbedLoad, type EmbedSpeed, type EmbedTarget } from "./lib/embed-load.ts";
import { endWithMessage } from "./lib/end-with-message.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { median } from "./lib/median.ts";
import { describeMb, treeResidentBytes } from "./lib/process-tree.ts";
import { peerKinds, peerNames, startPythonPeer } from "./lib/python-peer.ts";
import { Started } from "./lib/started.ts";
import { buildWeir, launchWeir } from "./lib/weir-command.ts";
import { modelFolder, positive, readFlags, someOf, whole, words } from "./lib/read-flags.ts";

const flags = readFlags({
  model: modelFolder,
  precision: words(undefined, new RegExp(`^(${precisionWishes.join("|")})$`), precisionWishes.join(" or ")),
  "int8-model": modelFolder,
  rounds: whole(3),
  work: positive(1),
  peers: someOf(peerNames, "or none"),
  lines: words(""),
});

/** What is served here, and by whom. */
type Served = EmbedTarget & {
  readonly name: string;
  readonly kind: "float32" | "int8" | "peer";
  readonly pid: number;
};

const rounds = flags.rounds;
const asked = flags.lines.split(",");
const lines = createEmbedLines(flags.work).filter(({ name }) => asked.some((part) => name.includes(part)));
if (lines.length === 0) endWithMessage(`--lines: expected a part of a line's name, got "${flags.lines}"`);
const model = await resolveRealModel(flags.model);
await using started = new Started();
const servers = await startAll();
const peers = servers.filter(({ kind }) => kind === "peer");
const sameVectors = await compareVectors();
const speeds = await measureAll();
report(await readPrecisions());

async function startAll(): Promise<Served[]> {
  buildWeir();
  const weir = { dialect: "openai", encoding: "base64" } as const;
  const launch = async (
    name: string,
    kind: Served["kind"],
    path: string,
    args: string[],
  ): Promise<Served> => {
    // No cache: every text is to be computed. Nothing may be refused for having waited while the machine is slow.
    const served = await launchWeir(`model=${path}`, [
      "--cache-ram",
      "0",
      "--request-timeout",
      "10m",
      ...args,
    ]);
    started.use(served);
    return { name, kind, url: served.url, pid: served.pid!, ...weir };
  };
  const list = [await launch("weir", "float32", model, [])];
  if (flags.precision !== undefined)
    list.push(await launch(`weir ${flags.precision}`, "int8", model, ["--precision", flags.precision]));
  if (flags["int8-model"] !== undefined)
    list.push(await launch("weir int8", "int8", flags["int8-model"], []));
  for (const name of flags.peers) {
    try {
      const peer = started.use(await startPythonPeer(name));
      list.push({ name, kind: "peer", url: peer.url, pid: peer.pid, ...peerKinds[name] });
    } catch (error) {
      console.log(`SKIPPED ${name}: ${(error as Error).message}\n`);
    }
  }
  return list;
}

/** Whether all servers compute the same model; int8 is only shown. */
async function compareVectors(): Promise<boolean> {
  const texts = [...makeTexts(4, 60), ...makeTexts(4, 900)];
  const [weir, ...others] = servers;
  const wanted = await embedOnce(weir!, texts);
  let same = true;
  for (const { name, kind, ...target } of others) {
    const least = leastCosine(wanted, await embedOnce(target, texts));
    console.log(`least cosine of ${name} with weir in float32: ${least.toFixed(5)}`);
    if (kind === "peer" && !(least > 0.999)) same = false;
  }
  return same;
}

async function measureAll(): Promise<Map<EmbedLine, Map<string, EmbedSpeed[]>>> {
  const all = new Map(lines.map((line) => [line, new Map<string, EmbedSpeed[]>()]));
  for (let round = -1; round < rounds; round++) {
    const order = round % 2 === 0 ? servers : servers.toReversed();
    for (const [line, byServer] of all) {
      for (const server of order) {
        // The first round only warms up: a few requests of each shape.
        const requests = round < 0 ? Math.max(2, 64 / line.task.batch) : line.task.requests;
        const speed = await runEmbedLoad(server, { ...line.task, requests });
        if (round < 0) continue;
        byServer.set(server.name, [...(byServer.get(server.name) ?? []), speed]);
        const said = `${speed.textsPerSecond.toFixed(1)} texts/s, p50 ${speed.p50Ms.toFixed(0)} ms`;
        if (process.stderr.isTTY) console.error(`round ${round + 1}: ${line.name}, ${server.name}: ${said}`);
      }
    }
  }
  return all;
}

function report(precisions: ReadonlyMap<string, string>): void {
  const measured = [...speeds].map(([line, byServer]) => ({
    line,
    figures: new Map(
      [...byServer].map(([name, all]) => [name, all.map((speed) => readFigure(line, speed))] as const),
    ),
  }));
  const verdicts = servers
    .filter(({ kind }) => kind !== "peer")
    .flatMap((server) => [...judgePeers(server, measured), ...judgeClients(server, measured)]);
  const missed = verdicts.filter(({ good }) => !good);
  console.log(`\n${describeAnswer(verdicts.length, missed.length)}`);
  console.log(`${describeMachine()}; model ${model}; medians of ${rounds} rounds in turns\n`);
  printFigures(measured, precisions);
  const cores = [...speeds.values()].flatMap((byServer) => [...byServer.values()].flat());
  const share = Math.max(...cores.map(({ generatorCores }) => generatorCores));
  console.log(`\nthe generator took at most ${(100 * share).toFixed(0)} % of a core\n`);
  for (const { text, good } of verdicts) console.log(`${good ? "ok    " : "MISSED"} ${text}`);
  if (!sameVectors) console.log("MISSED the servers do not compute the same model: the ratios mean little");
  process.exitCode = missed.length === 0 && sameVectors ? 0 : 1;
}

/** What each Weir computes in, as it says itself: `auto` chooses. */
async function readPrecisions(): Promise<Map<string, string>> {
  const own = servers.filter(({ kind }) => kind !== "peer");
  return new Map(
    await Promise.all(
      own.map(async ({ name, url }) => {
        const health = (await (await fetch(`${url}/health`)).json()) as { models: { precision: string }[] };
        return [name, health.models[0]!.precision] as const;
      }),
    ),
  );
}

interface Measured {
  readonly line: EmbedLine;
  /** By server's name, one for each round. */
  readonly figures: ReadonlyMap<string, readonly number[]>;
}

interface Verdict {
  readonly text: string;
  readonly good: boolean;
}

function describeAnswer(count: number, missed: number): string {
  if (peers.length === 0) return "Without a peer there is nothing to hold Weir against.";
  const names = peers.map(({ name }) => name).join(" and ");
  const better = peers.length === 1 ? names : `the better of ${names}`;
  return missed === 0
    ? `Weir is as much faster than ${better} as it is meant to be, on all ${count} counts.`
    : `Weir is not as much faster than ${better} as it is meant to be: ${missed} of ${count} counts are missed.`;
}

function printFigures(measured: readonly Measured[], precisions: ReadonlyMap<string, string>): void {
  const row = (name: string, cells: readonly string[]): void =>
    console.log(name.padEnd(36) + cells.map((cell) => cell.padStart(18)).join(""));
  row(
    "",
    servers.map(({ name }) => name),
  );
  row(
    "precision",
    servers.map(({ name }) => precisions.get(name) ?? "float32"),
  );
  for (const { line, figures } of measured) {
    const unit = line.figure === "p50" ? "ms     " : "texts/s";
    row(
      line.name,
      servers.map(({ name }) => `${median(figures.get(name)!).toFixed(1)} ${unit}`),
    );
  }
  row(
    "memory at the end",
    servers.map(({ pid }) => describeMb(treeResidentBytes(pid))),
  );
}

/** The ratio of each round's pair, so that a machine whose speed drifts does not decide it. */
function ratioOf(own: readonly number[], other: readonly number[]): number {
  return median(own.map((figure, round) => figure / other[round]!));
}

function judgePeers({ name, kind }: Served, measured: readonly Measured[]): Verdict[] {
  if (peers.length === 0) return [];
  return measured.map(({ line, figures }) => {
    const ratios = peers.map((peer) => ({
      peer: peer.name,
      ratio: ratioOf(figures.get(name)!, figures.get(peer.name)!),
    }));
    const each = ratios.map(({ peer, ratio }) => `${ratio.toFixed(2)} x ${peer}`).join(", ");
    const ratio = worstOf(
      line,
      ratios.map(({ ratio }) => ratio),
    );
    const wanted = line.wanted[kind === "int8" ? "int8" : "float32"];
    const bound = `${line.figure === "p50" ? "at most" : "at least"} ${wanted} x`;
    return {
      text: `${name}, ${line.name}: ${each}; the better peer ${ratio.toFixed(2)} x, wanted ${bound}`,
      good: holds(line, ratio, wanted),
    };
  });
}

/** Speed must not fall with the number of clients. */
function judgeClients({ name }: Served, measured: readonly Measured[]): Verdict[] {
  const own = measured.flatMap(({ line, figures }) =>
    line.clients === undefined ? [] : [{ clients: line.clients, rates: figures.get(name)! }],
  );
  if (own.length < 2) return [];
  const best = own.reduce((best, each) => (median(each.rates) > median(best.rates) ? each : best));
  return own.map(({ clients, rates }) => {
    const ratio = ratioOf(rates, best.rates);
    return {
      text: `${name}, batches of 32, clients ${clients}: ${ratio.toFixed(3)} of its best number of clients (${best.clients}), wanted 0.97`,
      good: ratio >= 0.97,
    };
  });
}
