/**
 * The life of a desktop app with `weir serve` beside it (docs/guides/desktop-apps.md): the first start, first use, sleep
 * and waking, crashes of the model's process and of the server, the next start, updates of program and model over the
 * same cache, and the app being killed. Each phase with its time and the memory of all processes.
 *
 *     npm run bench -- desktop-life [--model DIR] [--other DIR] [--notes 64] [--keep-alive 5s] [--rounds 3]
 *
 * `--other` is the model that an update brings (default: a small reference model, built on first use). Everything that is
 * kept lies in a temporary folder.
 */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { resolveRealModel } from "./lib/bench-model.ts";
import { DesktopLife, runApp, type AppPlan, type Phase } from "./lib/desktop-life.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { median } from "./lib/median.ts";
import { readPart } from "./lib/part.ts";
import { describeMb } from "./lib/process-tree.ts";
import { showProgress } from "./lib/progress.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { buildWeir } from "./lib/weir-command.ts";
import { modelFolder, modelOr, readFlags, whole, words } from "./lib/read-flags.ts";

const part = readPart();
if (part === undefined) await measure();
else await runApp(part.input as AppPlan);

async function measure(): Promise<void> {
  const flags = readFlags({
    model: modelFolder,
    other: modelOr("reference-embed-tiny"),
    notes: whole(64),
    "keep-alive": words("5s", /^\d+(ms|s|m|h)$/, "a time such as 5s"),
    rounds: whole(3),
  });
  const source = await resolveRealModel(flags.model);
  showProgress("building the command");
  buildWeir();
  using folder = createTemporaryFolder("desktop");
  let round = 0;
  const life = new DesktopLife(import.meta.url, makeTexts(flags.notes, 500), ({ name, ms }) =>
    showProgress(`round ${round + 1} of ${flags.rounds}: ${name.trim()}, ${describeTime(ms)}`),
  );
  // An app's own folder, which an update replaces as a whole.
  const versions = ["1.0", "1.1"].map((version) => join(folder.path, version, "model"));
  for (const version of versions) await cp(source, version, { recursive: true });
  for (; round < flags.rounds; round++) {
    const cacheDirectory = join(folder.path, `cache-${round}`);
    await life.begin(versions[0]!, { cacheDirectory, keepAlive: flags["keep-alive"] });
    await life.goOn([...versions, flags.other], { cacheDirectory, keepAlive: "forever" });
    await life.end({ model: versions[0]!, cacheDirectory, keepAlive: "forever" });
  }
  report(life, source);
}

function report({ phases, checks }: DesktopLife, model: string): void {
  const names = [...new Set(phases.map(({ name }) => name))];
  const of = (name: string): readonly Phase[] => phases.filter((phase) => phase.name === name);
  const time = (name: string): string => describeTime(median(of(name).map(({ ms }) => ms)));
  const missed = checks.filter(({ good }) => !good);
  console.log(
    `An app's server is there ${time(names[0]!)} after its first start and ${time("second start")} after the next, and answers again ` +
      `${time("server killed, next answer")} after it was killed; ${missed.length === 0 ? "nothing goes wrong in between." : "not all is as it is meant to be."}`,
  );
  console.log(`${describeMachine()}; model ${model}\n`);
  console.log(`${"".padEnd(56)}time      memory after`);
  for (const name of names) {
    const bytes = of(name).flatMap((phase) => phase.bytes ?? []);
    const memory = bytes.length === 0 ? "" : describeMb(median(bytes));
    console.log(`${name.padEnd(50)}${time(name).padStart(10)}${memory.padStart(18)}`);
  }
  console.log("");
  for (const text of new Set(checks.map((check) => check.text))) {
    const failed = missed.filter((check) => check.text === text).length;
    console.log(failed === 0 ? `ok     ${text}` : `MISSED ${text} (in ${failed} cases)`);
  }
  process.exitCode = missed.length === 0 ? 0 : 1;
}

function describeTime(ms: number): string {
  return ms >= 1_000 ? `${(ms / 1_000).toFixed(1)} s` : `${ms.toFixed(0)} ms`;
}
