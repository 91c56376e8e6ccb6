import type { Sidecar } from "@weir/client";
import { ask, readHealth, untilAsleep } from "./desktop-server.ts";
import { dropFromMemory } from "./drop-from-memory.ts";
import { say, startPart, untilFinished } from "./part.ts";
import { listProcessTree, treeResidentBytes, untilGone } from "./process-tree.ts";
import { launchWeir } from "./weir-command.ts";

export interface AppPlan {
  readonly model: string;
  readonly cacheDirectory: string;
  readonly keepAlive: string;
}

export interface Phase {
  readonly name: string;
  readonly ms: number;
  /** Of the server and what it started; undefined where nothing is left of it. */
  readonly bytes: number | undefined;
}

/** What must be so in every round. */
export interface Check {
  readonly text: string;
  readonly good: boolean;
}

/** How long anything may outlive the app. */
const mostGoneMs = 5_000;

/** Goes through a life again and again, each time from the first start to the app's being killed. */
export class DesktopLife {
  readonly phases: Phase[] = [];
  readonly checks: Check[] = [];
  readonly #benchFile: string;
  readonly #notes: readonly string[];
  readonly #onPhase: (phase: Phase) => void;
  #asked = 0;

  /** @param benchFile has the part `app`, which runs {@link runApp}. */
  constructor(benchFile: string, notes: readonly string[], onPhase: (phase: Phase) => void) {
    this.#benchFile = benchFile;
    this.#notes = notes;
    this.#onPhase = onPhase;
  }

  /** Start, use, sleep and crashes. */
  async begin(model: string, plan: Omit<AppPlan, "model">): Promise<void> {
    const cold = dropFromMemory(model);
    const name = cold ? "first start, weights from the disk" : "first start (weights in memory)";
    const sidecar = await this.#start(name, { model, ...plan });
    try {
      await this.#timed("first query", sidecar, () => this.#query(sidecar));
      await this.#timed(`first use: ${this.#notes.length} notes`, sidecar, () => this.#askNotes(sidecar));
      const awakeBytes = treeResidentBytes(sidecar.pid!);
      await this.#timed(`falls asleep (--keep-alive ${plan.keepAlive})`, sidecar, () =>
        untilAsleep(sidecar.url),
      );
      const asleepBytes = treeResidentBytes(sidecar.pid!);
      // Where memory cannot be read, nothing is claimed of it.
      this.#check(!(asleepBytes >= awakeBytes), "asleep it holds less memory than awake");
      await this.#timed("wakes with a query", sidecar, () => this.#query(sidecar));
      const [replica] = (await readHealth(sidecar.url)).models[0]!.replicas;
      process.kill(replica!.pid!, "SIGKILL");
      await this.#timed("model's process killed, next answer", sidecar, () => this.#queryAgain(sidecar));
      process.kill(sidecar.pid!, "SIGKILL");
      await this.#timed("server killed, next answer", sidecar, () => this.#queryAgain(sidecar));
      await this.#timed("all notes again, as the cache is read back", sidecar, () => this.#askNotes(sidecar));
    } finally {
      await this.#close(sidecar);
    }
  }

  /** The next starts: the same again, the same model of a new version, another model, and back. */
  async goOn([first, next, other]: readonly string[], plan: Omit<AppPlan, "model">): Promise<void> {
    const starts = [
      ["second start", first!, "hit"],
      ["start of a new version of the program", next!, "hit"],
      ["start with another model", other!, "miss"],
      ["start with the first model again", first!, "hit"],
    ] as const;
    for (const [name, model, wanted] of starts) {
      const sidecar = await this.#start(name, { model, ...plan });
      try {
        let cache = "";
        await this.#timed(`  all notes, ${name}`, sidecar, async () => {
          cache = await this.#askNotes(sidecar);
        });
        this.#check(cache === wanted, `${name}: notes are a ${wanted} of the cache`);
      } finally {
        await this.#close(sidecar);
      }
    }
  }

  /** The app is killed, and takes everything with it. */
  async end(plan: AppPlan): Promise<void> {
    await using app = startPart(this.#benchFile, "app", plan);
    const { pid } = await app.next<{ pid: number }>();
    const all = listProcessTree(pid);
    const fromMs = performance.now();
    process.kill(app.pid, "SIGKILL");
    const left = await untilGone(all, 10_000);
    const ms = performance.now() - fromMs;
    this.#add({ name: "app killed, everything gone", ms, bytes: undefined });
    this.#check(
      left.length === 0 && ms <= mostGoneMs,
      `nothing is left ${mostGoneMs / 1_000} s after the app was killed`,
    );
    for (const pid of left) process.kill(pid, "SIGKILL");
  }

  async #start(name: string, plan: AppPlan): Promise<Sidecar> {
    const fromMs = performance.now();
    const sidecar = await launchForApp(plan);
    this.#note(name, performance.now() - fromMs, sidecar);
    return sidecar;
  }

  async #close(sidecar: Sidecar): Promise<void> {
    const all = sidecar.pid === undefined ? [] : listProcessTree(sidecar.pid);
    const fromMs = performance.now();
    await sidecar.close();
    const left = await untilGone(all, mostGoneMs);
    this.#add({ name: "app quits", ms: performance.now() - fromMs, bytes: undefined });
    this.#check(left.length === 0, "nothing is left after the app has quit");
  }

  async #timed(name: string, sidecar: Sidecar, work: () => Promise<unknown>): Promise<void> {
    const fromMs = performance.now();
    await work();
    this.#note(name, performance.now() - fromMs, sidecar);
  }

  #note(name: string, ms: number, { pid }: Sidecar): void {
    this.#add({ name, ms, bytes: pid === undefined ? undefined : treeResidentBytes(pid) });
  }

  #add(phase: Phase): void {
    this.phases.push(phase);
    this.#onPhase(phase);
  }

  #check(good: boolean, text: string): void {
    this.checks.push({ text, good });
  }

  /** A text that nobody asked before. */
  #nextQuery(): string {
    return `question ${this.#asked++}: where does the river go in summer?`;
  }

  async #query({ url }: Sidecar): Promise<void> {
    await ask(url, [this.#nextQuery()]);
  }

  /** As an app does: its client waits for a restart, and sends again what was lost. */
  async #queryAgain({ client }: Sidecar): Promise<void> {
    await client.embed([this.#nextQuery()]);
  }

  /** What the cache had of them: hit, partial or miss. */
  async #askNotes({ url }: Sidecar): Promise<string> {
    return await ask(url, this.#notes);
  }
}

/** The server as the app starts it. */
function launchForApp({ model, cacheDirectory, keepAlive }: AppPlan): Promise<Sidecar> {
  const args = ["--cache-dir", cacheDirectory, "--keep-alive", keepAlive];
  return launchWeir(`notes=${model}`, args, {
    restarts: { most: 5, withinMs: 60_000 },
    client: { timeoutMs: 300_000 },
  });
}

/** The app as a process of its own. */
export async function runApp(plan: AppPlan): Promise<void> {
  await using sidecar = await launchForApp(plan);
  await sidecar.client.embed(["the app is there"]);
  say({ pid: sidecar.pid });
  await untilFinished();
}
