/**
 * Whether `weir capacity` finds what is known: servers of `weir mock` whose capacity follows from their flags, each in a
 * process of its own, and the command as people run it. Found is what is within 5 % of the truth, or an interval of at
 * most 15 % that holds it, in at most 2 log2(truth) + 6 probes.
 *
 *     npm run bench -- capacity [--shapes slots-8,cliff-100] [--probe-seconds 5] [--repeats 1]
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { endWithBench } from "./lib/end-with-bench.ts";
import { positive, readFlags, someOf, whole } from "./lib/read-flags.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { printVerdict } from "./lib/verdict.ts";
import { buildWeir, weirCommand } from "./lib/weir-command.ts";

interface Shape {
  readonly mock: readonly string[];
  readonly limit: string;
  readonly truth: number;
}

const service = ["--service-time", "100ms"];
const names = ["slots-8", "slots-50", "slots-200", "cliff", "slope", "noise", "refusing"] as const;
const shapes: Readonly<Record<(typeof names)[number], Shape>> = {
  // By Little's law the mean is 100 ms x N / slots above as many users as there are slots.
  "slots-8": { mock: [...service, "--slots", "8"], limit: "response.mean < 156ms", truth: 12 },
  "slots-50": { mock: [...service, "--slots", "50"], limit: "response.mean < 151ms", truth: 75 },
  "slots-200": { mock: [...service, "--slots", "200"], limit: "response.mean < 151ms", truth: 301 },
  cliff: { mock: [...service, "--cliff", "100/10x"], limit: "response.p95 < 300ms", truth: 100 },
  // 100 ms x (1 + 2 % x (N - 1)).
  slope: { mock: [...service, "--slope", "2%"], limit: "response.p95 < 201ms", truth: 51 },
  // The same times exp(1.645 x 20 %) = 1.3896 at p95.
  noise: { mock: [...service, "--slope", "2%", "--noise", "20%"], limit: "response.p95 < 279ms", truth: 51 },
  refusing: { mock: [...service, "--slots", "20", "--queue", "0"], limit: "errors < 1%", truth: 20 },
};

interface CapacityRecord {
  readonly capacity: {
    readonly lastPass: number | null;
    readonly firstFail: number | null;
    readonly confidence: number;
    readonly interval: { readonly from: number | null; readonly below: number | null };
  };
  readonly probes: readonly { readonly outcome: string }[];
  readonly verdict: { readonly kind: string; readonly sentence: string };
}

const flags = readFlags({ shapes: someOf(names), "probe-seconds": positive(5), repeats: whole(1) });

buildWeir();
using folder = createTemporaryFolder("capacity");
console.log("shape      truth  found        95 % interval  probes  most  seconds  verdict");
for (const name of flags.shapes)
  for (let repeat = 0; repeat < flags.repeats; repeat += 1) await find(name, shapes[name]);

async function find(name: string, { mock, limit, truth }: Shape): Promise<void> {
  const server = run(["mock", "--port", "0", ...mock], ["ignore", "pipe", "ignore"]);
  try {
    const [line] = (await once(createInterface(server.stdout!), "line")) as [string];
    const url = line.replace("listening on ", "");
    const startedMs = performance.now();
    const probe = ["--probe-duration", `${flags["probe-seconds"]}s`, "--warmup", "1s"];
    const args = ["capacity", url, "--dialect", "openai", "--model", "mock", "--slo", limit, ...probe];
    const command = run([...args, "--out", folder.path, "--json", "--quiet"], ["ignore", "pipe", "ignore"]);
    const record = JSON.parse(await text(command.stdout!)) as CapacityRecord;
    report(name, truth, record, (performance.now() - startedMs) / 1000);
  } finally {
    server.kill();
  }
}

function report(
  name: string,
  truth: number,
  { capacity, probes, verdict }: CapacityRecord,
  seconds: number,
): void {
  const { lastPass, firstFail, interval } = capacity;
  const [from, below] = [interval.from ?? 0, interval.below ?? Infinity];
  const most = Math.floor(2 * Math.log2(truth) + 6);
  const cells = [
    name.padEnd(9),
    String(truth).padStart(6),
    `${lastPass ?? "-"} to ${firstFail ?? "-"}`.padStart(12),
    `${from} to ${below}`.padStart(14),
    String(probes.length).padStart(7),
    String(most).padStart(5),
    seconds.toFixed(0).padStart(8),
  ];
  console.log(`${cells.join(" ")}  ${verdict.kind}: ${verdict.sentence}`);
  const holds = from <= truth && truth < below && below - from <= Math.max(1, 0.15 * from);
  const off = holds ? 0 : Math.abs((lastPass ?? 0) - truth) / truth;
  printVerdict(`${name}: off by`, off * 100, { most: 5 }, "%");
  // Those beside which the generator was late say something of this machine, not of the search.
  const judged = probes.filter(({ outcome }) => outcome !== "invalid");
  printVerdict(`${name}: probes that could be judged`, judged.length, { most });
}

function run(args: readonly string[], stdio: ["ignore", "pipe", "ignore"]): ChildProcess {
  const child = spawn(process.execPath, [weirCommand, ...args], { stdio });
  const stop = endWithBench(() => child.kill());
  child.once("exit", stop);
  return child;
}
