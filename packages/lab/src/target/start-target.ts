import { createWriteStream, type WriteStream } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { askOnce } from "@weir/load";
import { WeirError } from "@weir/protocol";
import type { ChildProcess } from "node:child_process";
import {
  endCommandLine,
  endStrays,
  findAlive,
  findStrays,
  guardCommandLine,
  isCommandLineAlive,
  startCommandLine,
} from "../platform/command-processes.ts";
import { findFreePort } from "./free-port.ts";

export interface StartTargetOptions {
  /** Ends the server, and the wait for it. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait until it answers. @default 120000 */
  readonly readyTimeoutMs?: number | undefined;
  /** How long it may take to end once it is asked to. @default 15000 */
  readonly stopTimeoutMs?: number | undefined;
  /** File that what it prints is written to. @default kept only for messages */
  readonly logFile?: string | undefined;
}

/** A server that was started for a measurement. Ending it ends all that it started; so does the end of this process. */
export interface StartedTarget extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Of the shell that its command line runs in; the server is this process or one below it. */
  readonly pid: number;
  /** From the start of its command to its first answer, in milliseconds. */
  readonly readyAfterMs: number;
  /** File that what it prints is written to. */
  readonly logFile: string | undefined;
  /** What GET /health/ready answered before it was ready, each status once; empty where it answered nothing. */
  readonly statusesBefore: readonly number[];
  /** Fires when it ends by itself, with an error that says how and what it printed last. */
  readonly ended: AbortSignal;
  /** Asks it to end, and kills what is left after a while. Resolves when nothing of it is left. */
  stop(): Promise<void>;
  /**
   * Asks it to end, by SIGTERM, and waits so long; nothing is killed.
   * @param pids processes to ask in place of all that its command started
   */
  askToEnd(withinMs: number, pids?: readonly number[]): Promise<TargetEnd>;
}

/** How a server ended that was asked to. */
export type TargetEnd =
  /** One of `code` and `signal` is null. Of the command line as a whole. */
  | {
      readonly kind: "ended";
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly tookMs: number;
    }
  | { readonly kind: "runs-on" };

const defaultReadyTimeoutMs = 120_000;
const defaultStopTimeoutMs = 15_000;
const strayTimeoutMs = 2000;
const askEveryMs = 50;
const keptCharacters = 4000;

/**
 * Starts a server by its command line, in which `{port}` is the port that it is to listen on (it is also in the
 * environment as PORT), and waits until it answers: GET /health/ready with 200, or anything at all where it has no such
 * path. Throws USAGE where the command names no port, TARGET_UNREACHABLE where it ends or does not answer in time; nothing of
 * it is left running then.
 */
export async function startTarget(command: string, options: StartTargetOptions = {}): Promise<StartedTarget> {
  if (!/\{port\}|\$\{?PORT\b|%PORT%/.test(command))
    throw new WeirError(
      "USAGE",
      `expected {port} in the command that starts the server, got ${JSON.stringify(command)}. E.g. "python server.py --port {port}".`,
    );
  options.signal?.throwIfAborted();
  const port = await findFreePort();
  const startedMs = performance.now();
  const child = startCommandLine(command.replaceAll("{port}", String(port)), {
    ...process.env,
    PORT: String(port),
  });
  const guard = guardCommandLine(child);
  const output = keepOutput(child, options.logFile);
  const ended = watchEnd(child, command, output);
  const stop = async (): Promise<void> => {
    await stopTarget(child, ended, output, options);
    guard?.release();
  };
  const url = `http://127.0.0.1:${port}`;
  const statuses = new Set<number>();
  try {
    await untilReady(url, command, { ...options, ended: ended.signal, output, statuses });
  } catch (error) {
    await stop();
    throw error;
  }
  const readyAfterMs = performance.now() - startedMs;
  return {
    url,
    port,
    pid: child.pid!,
    readyAfterMs,
    logFile: options.logFile,
    statusesBefore: [...statuses],
    ended: ended.signal,
    stop,
    askToEnd: async (withinMs, pids) => {
      ended.expect();
      return await askToEnd(child, withinMs, pids);
    },
    [Symbol.asyncDispose]: stop,
  };
}

interface Output {
  /** The last of it. */
  readonly text: () => string;
  readonly close: () => Promise<void>;
}

function keepOutput(child: ChildProcess, logFile: string | undefined): Output {
  let text = "";
  const file: WriteStream | undefined = logFile === undefined ? undefined : createWriteStream(logFile);
  // A full disk is no reason to end what is measured.
  file?.on("error", () => {});
  const take = (chunk: Buffer): void => {
    text = (text + chunk.toString("utf8")).slice(-keptCharacters);
    file?.write(chunk);
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return {
    text: () => text.trim(),
    close: async () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      if (file !== undefined && !file.errored) await new Promise<void>((resolve) => void file.end(resolve));
    },
  };
}

/** Aborts with an error when the command ends; `expect` says that it may from now on. */
interface EndWatch {
  readonly signal: AbortSignal;
  readonly expect: () => void;
}

function watchEnd(child: ChildProcess, command: string, output: Output): EndWatch {
  const controller = new AbortController();
  let isExpected = false;
  const fail = (how: string): void => {
    if (!isExpected)
      controller.abort(
        new WeirError("TARGET_UNREACHABLE", `the server ${how}: ${command}${quoteOutput(output.text())}`),
      );
  };
  child.once("error", (error) => fail(`could not be started (${error.message})`));
  // All that it printed has come by then.
  child.once("close", (code, signal) =>
    fail(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
  );
  return { signal: controller.signal, expect: () => (isExpected = true) };
}

function quoteOutput(text: string): string {
  return text === "" ? ". It printed nothing." : `. It printed:\n${text.split("\n").slice(-10).join("\n")}`;
}

async function untilReady(
  url: string,
  command: string,
  waiting: StartTargetOptions & {
    readonly ended: AbortSignal;
    readonly output: Output;
    readonly statuses: Set<number>;
  },
): Promise<void> {
  const { signal, ended, readyTimeoutMs = defaultReadyTimeoutMs, output, statuses } = waiting;
  const untilMs = performance.now() + readyTimeoutMs;
  const gone = AbortSignal.any([ended, ...(signal === undefined ? [] : [signal])]);
  while (!(await answers(url, gone, statuses))) {
    gone.throwIfAborted();
    if (performance.now() > untilMs)
      throw new WeirError(
        "TARGET_UNREACHABLE",
        `expected an answer at ${url} within ${readyTimeoutMs / 1000} s, got none: ${command}${quoteOutput(output.text())}`,
      );
    await delay(askEveryMs, undefined, { signal: gone }).catch(() => {});
  }
}

async function answers(url: string, signal: AbortSignal, statuses: Set<number>): Promise<boolean> {
  const answer = await askOnce(
    url,
    { method: "GET", path: "/health/ready", headers: {} },
    { connectTimeoutMs: 1000, timeoutMs: 5000, mostBytes: 64 * 1024, signal },
  );
  // One that has no such path is ready when it answers at all.
  const isReady = answer.kind !== "failed" && answer.status !== 503;
  if (answer.kind !== "failed" && !isReady) statuses.add(answer.status);
  return isReady;
}

async function stopTarget(
  child: ChildProcess,
  ended: EndWatch,
  output: Output,
  { stopTimeoutMs = defaultStopTimeoutMs }: StartTargetOptions,
): Promise<void> {
  ended.expect();
  // Looked for before: whose child it was is not to be seen afterwards.
  const strays = findStrays(child);
  const isAlive = (): boolean => isCommandLineAlive(child);
  endCommandLine(child, "ask");
  if (!(await untilGone(isAlive, stopTimeoutMs))) {
    endCommandLine(child, "kill");
    await untilGone(isAlive, stopTimeoutMs);
  }
  // The server may have ended them itself; what it left is of no use to anybody.
  const isAnyLeft = (): boolean => findAlive(strays).length > 0;
  endStrays(strays, "ask");
  if (!(await untilGone(isAnyLeft, Math.min(stopTimeoutMs, strayTimeoutMs)))) endStrays(strays, "kill");
  await output.close();
}

async function askToEnd(
  child: ChildProcess,
  withinMs: number,
  pids: readonly number[] | undefined,
): Promise<TargetEnd> {
  const fromMs = performance.now();
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const exited = isOver()
    ? Promise.resolve()
    : new Promise<void>((resolve) => child.once("exit", () => resolve()));
  if (pids === undefined) endCommandLine(child, "ask");
  else pids.forEach(askProcess);
  await Promise.race([exited, delay(withinMs, undefined, { ref: false })]);
  if (!isOver()) return { kind: "runs-on" };
  return {
    kind: "ended",
    code: child.exitCode,
    signal: child.signalCode,
    tookMs: performance.now() - fromMs,
  };
}

function askProcess(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has gone already.
  }
}

async function untilGone(isAlive: () => boolean, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (isAlive()) {
    if (performance.now() > untilMs) return false;
    await delay(10);
  }
  return true;
}
