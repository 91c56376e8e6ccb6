import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { endWithBench } from "./end-with-bench.ts";

/** A process of its own that runs one part of a bench and says what it found, one JSON value a line. */
export interface Part extends AsyncDisposable {
  readonly pid: number;
  /** The next thing it says. Throws where it ended without a word. */
  next<T>(): Promise<T>;
  /** Asks for what it has seen, however that part understands it. */
  ask(): void;
}

export interface PartOptions {
  /** The core it stays on. @default wherever the system puts it */
  readonly core?: number | undefined;
  /** Open files that it may have; the shell raises the limit where the system lets it. */
  readonly openFiles?: number | undefined;
}

const pinned = spawnSync("taskset", ["--version"]).status === 0;

/** Whether processes can be kept on a core here. */
export const canPin: boolean = pinned;

/** A command on a core of its own, where the system can do that. */
export function onCore(core: number | undefined, command: readonly string[]): [string, ...string[]] {
  const [first, ...rest] =
    core === undefined || !pinned ? command : ["taskset", "-c", String(core), ...command];
  return [first!, ...rest];
}

/** Starts the bench file anew as its part `name`, which gets `input` from {@link readPart}. */
export function startPart(file: string, name: string, input: unknown, options: PartOptions = {}): Part {
  const node = [
    process.execPath,
    ...process.execArgv,
    fileURLToPath(file),
    "--part",
    name,
    JSON.stringify(input),
  ];
  const limited =
    options.openFiles === undefined
      ? node
      : ["bash", "-c", `ulimit -n ${options.openFiles} && exec "$@"`, "bash", ...node];
  const [command, ...rest] = onCore(options.core, limited);
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const forget = endWithBench(() => child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? -1,
    async next<T>() {
      const { value, done } = await lines.next();
      if (done === true) {
        // Ctrl-C goes to the part as well, and its end may be seen before the signal is.
        await delay(100);
        throw new Error(`the part ${name} ended without saying what it found`);
      }
      return JSON.parse(value) as T;
    },
    ask: () => void child.stdin.write("?"),
    async [Symbol.asyncDispose]() {
      await stopChild(child);
      forget();
    },
  };
}

/** Ends a process by its own id and waits until it is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const tooLong = setTimeout(() => child.kill("SIGKILL"), 3000);
  await gone;
  clearTimeout(tooLong);
}

/** The part that this process is to be, or undefined in the bench itself. */
export function readPart(): { readonly name: string; readonly input: unknown } | undefined {
  const at = process.argv.indexOf("--part");
  if (at === -1) return undefined;
  return { name: process.argv[at + 1]!, input: JSON.parse(process.argv[at + 2]!) };
}

/** Says something to the bench. */
export function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Waits until the bench ends this part's input, or is gone. `onAsk` is called whenever it asks. */
export async function untilFinished(onAsk: () => void = () => {}): Promise<void> {
  for await (const _ of process.stdin) onAsk();
}
