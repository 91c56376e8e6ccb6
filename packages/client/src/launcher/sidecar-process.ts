import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { WeirError } from "@weir/protocol";
import { childOptions, nodeEnvironment } from "../platform/child-process.ts";
import { removeSocketFile } from "../platform/socket-path.ts";
import { createBudget } from "../request-budget.ts";
import { sendOnce, throwIfCancelled } from "../send-once.ts";
import { readLines } from "./output-lines.ts";
import { parentWatchScript } from "./parent-watch.ts";
import type { ResolvedSidecarOptions, SidecarPlace } from "./sidecar-options.ts";
import { createStartLimit } from "./start-limit.ts";

/** One run of the server, from its start to its end. */
export interface SidecarProcess {
  readonly pid: number | undefined;
  /** Resolves with the server's address once it takes requests; rejects where it ends or takes too long before. */
  readonly ready: Promise<string>;
  /** Resolves with why it ended, once it has. Never rejects. */
  readonly ended: Promise<string>;
  /** The last lines of its output, for an error that tells how it ended. */
  lastLines(): readonly string[];
  /** Ends it: by its own shutdown route where it is ready, and by force where that takes too long. */
  stop(timeoutMs: number): Promise<void>;
}

const keptLines = 20;
const pollMs = 25;
const probeTimeoutMs = 2_000;

/** Starts `weir serve` at an address; port 0 is any free one. It ends when this process does. */
export function startSidecarProcess(
  options: ResolvedSidecarOptions,
  place: SidecarPlace,
  signal: AbortSignal | undefined,
): SidecarProcess {
  const launchToken = randomBytes(32).toString("base64url");
  const args = [...options.execArgv, "--eval", parentWatchScript, options.command, ...options.serveArgs];
  const child = spawn(process.execPath, [...args, ...toFlags(place)], {
    ...childOptions,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...nodeEnvironment, ...options.env, WEIR_LAUNCH_TOKEN: launchToken },
  });
  const lines: string[] = [];
  let address: string | undefined;
  const over = new AbortController();
  const limit = createStartLimit(options.startTimeoutMs, performance.now());

  const onLine = (stream: "stdout" | "stderr") => (line: string) => {
    // The first line on stdout is the handshake.
    if (stream === "stdout" && address === undefined)
      address = /^listening on (http(?:\+unix)?:\/\/\S+)$/.exec(line)?.[1];
    limit.note(line, performance.now());
    lines.push(line);
    lines.splice(0, lines.length - keptLines);
    options.onEvent({ kind: "output", stream, line });
  };
  readLines(child.stdout, onLine("stdout"));
  readLines(child.stderr, onLine("stderr"));
  child.stdin.on("error", () => {});

  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`it could not be started: ${error.message}`));
    child.once("exit", (code, signalName) => {
      const reason = signalName === null ? `exit code ${code}` : `signal ${signalName}`;
      // What it printed last may still be in the pipe; a process of its own may hold the pipe open after it.
      const timer = setTimeout(resolve, 200, reason);
      child.once("close", () => {
        clearTimeout(timer);
        resolve(reason);
      });
    });
  });
  void ended.then(() => {
    over.abort();
    // What a process leaves that was killed. One that never listened there has left somebody else's.
    if (place.kind === "socket" && address !== undefined) removeSocketFile(place.path);
  });

  const fail = (message: string): WeirError => {
    const said = lines.length === 0 ? "It printed nothing" : `Its last lines:\n${lines.join("\n")}`;
    return new WeirError("REPLICA_START_FAILED", `the sidecar ${message}. ${said}`);
  };

  async function waitUntilReady(): Promise<string> {
    for (;;) {
      throwIfCancelled(signal);
      if (over.signal.aborted) throw fail(`ended before it was ready (${await ended})`);
      if (limit.isOver(performance.now())) throw fail(`was not ready within ${options.startTimeoutMs} ms`);
      if (address !== undefined && (await isReady(address, over.signal))) return address;
      await Promise.race([sleep(pollMs), ended]);
    }
  }

  async function stop(timeoutMs: number): Promise<void> {
    if (address !== undefined && !over.signal.aborted) {
      await askToShutDown(address, launchToken, over.signal);
      await Promise.race([ended, sleep(timeoutMs, undefined, { signal: over.signal }).catch(() => {})]);
    }
    if (!over.signal.aborted) child.kill("SIGKILL");
    await ended;
  }

  const ready = waitUntilReady();
  ready.catch(() => {}); // Whoever waits sees it; here it must not end this process.
  return { pid: child.pid, ready, ended, lastLines: () => [...lines], stop };
}

function toFlags(place: SidecarPlace): readonly string[] {
  return place.kind === "socket"
    ? ["--unix-socket", place.path]
    : ["--host", "127.0.0.1", "--port", String(place.port)];
}

async function isReady(address: string, signal: AbortSignal): Promise<boolean> {
  try {
    const options = { headers: {}, budget: createBudget(probeTimeoutMs), signal };
    return (await sendOnce(`${address}/health/ready`, options)).status === 200;
  } catch {
    return false;
  }
}

async function askToShutDown(address: string, token: string, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  try {
    await sendOnce(`${address}/shutdown`, {
      headers,
      budget: createBudget(probeTimeoutMs),
      signal,
      body: Buffer.from("{}"),
    });
  } catch {
    // A server that does not answer is ended by force.
  }
}
