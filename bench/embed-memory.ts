/**
 * What memory a served embedding model takes: at rest, while batches of 10 and of 64 texts are computed, and at its highest.
 * Server and replica together; pages that they share count for each.
 *
 *     npm run bench -- embed-memory [--model reference-embed-mpnet] [--precision int8] [--passes 3]
 *
 * The limits are those of the MPNet-sized model in int8: 400 MB at rest, 450 with batches of 10, 500 with batches of 64, 600
 * at the highest. Another model or precision is shown without.
 */
import { setTimeout as delay } from "node:timers/promises";
import { describeMachine } from "./lib/describe-machine.ts";
import { embedOnce, type EmbedTarget } from "./lib/embed-load.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { describeMb, MemoryWatch } from "./lib/process-tree.ts";
import { showProgress } from "./lib/progress.ts";
import { modelOr, oneOf, readFlags, whole } from "./lib/read-flags.ts";
import { buildWeir, launchWeir } from "./lib/weir-command.ts";

const limited = { model: "reference-embed-mpnet", precision: "int8" } as const;
const flags = readFlags({
  model: modelOr(limited.model),
  precision: oneOf(["fp32", "int8", "int8-accurate", "auto"], limited.precision),
  passes: whole(3),
});
/** A server at rest gives memory back some seconds after its start. */
const restMs = 12_000;

interface Phase {
  readonly name: string;
  readonly rows: number;
  readonly characters: number;
  readonly limitMb: number;
}

const phases: readonly Phase[] = [
  { name: "at rest", rows: 0, characters: 0, limitMb: 400 },
  { name: "batches of 10 texts of 1,000 characters", rows: 10, characters: 1_000, limitMb: 450 },
  { name: "batches of 10 texts of 2,000 characters", rows: 10, characters: 2_000, limitMb: 450 },
  { name: "batches of 64 texts of 1,000 characters", rows: 64, characters: 1_000, limitMb: 500 },
  { name: "batches of 64 texts of 2,000 characters", rows: 64, characters: 2_000, limitMb: 600 },
];

showProgress("building the command, making the model where it is not there yet");
buildWeir();
const args = ["--precision", flags.precision, "--replicas", "1", "--cache-ram", "0"];
await using weir = await launchWeir(`model=${flags.model}`, args);
const target: EmbedTarget = { url: weir.url, dialect: "openai", encoding: "base64" };
const isLimited = flags.model === limited.model && flags.precision === limited.precision;
const lines: string[] = [];
let highestBytes = 0;
let missed = 0;
for (const { name, rows, characters, limitMb } of phases) {
  showProgress(name);
  using watch = new MemoryWatch(weir.pid!, 20);
  if (rows === 0) await delay(restMs);
  // What it holds after its rest, not what it had of its start.
  if (rows === 0) watch.samples.splice(0, watch.samples.length - 5);
  for (let pass = 0; pass < flags.passes && rows > 0; pass++) {
    await embedOnce(target, makeTexts(rows, characters));
  }
  const bytes = watch.mostBytes;
  highestBytes = Math.max(highestBytes, bytes);
  // Where it cannot be read, nothing is claimed of it.
  const holds = !(bytes > limitMb * 1e6);
  if (isLimited && !holds) missed++;
  const verdict = isLimited ? `${holds ? "ok    " : "MISSED"} ` : "";
  lines.push(`${verdict}${name}: ${describeMb(bytes)}${isLimited ? `, wanted ${limitMb}` : ""}`);
}
console.log(
  `${flags.model} in ${flags.precision} takes at most ${describeMb(highestBytes)}, server and replica together.`,
);
console.log(`${describeMachine()}\n`);
for (const line of lines) console.log(line);
process.exitCode = missed === 0 ? 0 : 1;
