import { setTimeout as sleep } from "node:timers/promises";
import { WeirError } from "@weir/protocol";
import { resolveClientOptions } from "../client-options.ts";
import { createClientOf, type Client } from "../create-client.ts";
import { onAbort } from "../on-abort.ts";
import { throwIfCancelled } from "../send-once.ts";
import { nextRestartDelayMs } from "./restart-budget.ts";
import { resolveSidecarOptions, type SidecarOptions } from "./sidecar-options.ts";
import { startSidecarProcess, type SidecarProcess } from "./sidecar-process.ts";

export interface Sidecar extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:40123`. Kept over a restart unless the port was taken meanwhile. */
  readonly url: string;
  /** Of the server's process; undefined while there is none. */
  readonly pid: number | undefined;
  /** Follows restarts: requests that meet one wait for its end and are sent again. */
  readonly client: Client;
  /** Ends it and everything it started. Safe to call again; does not reject. */
  close(): Promise<void>;
}

type State =
  | { readonly kind: "ready"; readonly url: string }
  | { readonly kind: "restarting" }
  | { readonly kind: "given-up"; readonly error: WeirError }
  | { readonly kind: "closed" };

/**
 * Starts `weir serve` in a process of its own on a free port of 127.0.0.1 and resolves once it takes requests. It is
 * restarted when it crashes, within a budget, and ends with this process, also when that is killed. Throws USAGE,
 * ENGINE_MISSING where the command is not installed, CANCELLED, or REPLICA_START_FAILED with its last lines; nothing is
 * left running then.
 */
export async function launchSidecar(options: SidecarOptions): Promise<Sidecar> {
  const resolved = resolveSidecarOptions(options);
  const clientOptions = resolveClientOptions({ ...options.client, url: "http://127.0.0.1" });
  throwIfCancelled(options.signal);
  const closing = new AbortController();
  const restartedAtMs: number[] = [];
  const waiting = new Set<() => void>();
  let url = "";
  let running: SidecarProcess | undefined;
  let state: State = { kind: "restarting" };

  const enter = (next: State): void => {
    // A start that ends well while it is being closed changes nothing any more.
    if (state.kind !== "closed") state = next;
    for (const wake of waiting) wake();
  };

  /** Starts it once; whatever comes of it, `running` is either ready or not there. */
  async function start(port: number, signal: AbortSignal | undefined): Promise<SidecarProcess> {
    const startedMs = performance.now();
    const started = startSidecarProcess(resolved, port, signal);
    running = started;
    resolved.onEvent({ kind: "starting", pid: started.pid });
    try {
      url = await started.ready;
      const startMs = performance.now() - startedMs;
      resolved.onEvent({ kind: "ready", pid: started.pid, url, startMs });
      enter({ kind: "ready", url });
      return started;
    } catch (error) {
      await started.stop(0);
      running = undefined;
      throw error;
    }
  }

  /** Watches one run after the other until it is closed or the budget is used up. */
  async function supervise(first: SidecarProcess): Promise<void> {
    let reason = await first.ended;
    let lastLines = first.lastLines();
    // The address stays good for whoever was told it, unless somebody else took the port.
    let port = Number(new URL(url).port);
    while (!closing.signal.aborted) {
      running = undefined;
      const delayMs = nextRestartDelayMs(resolved.restarts, restartedAtMs, performance.now());
      if (delayMs === undefined) return giveUp(reason, lastLines);
      enter({ kind: "restarting" });
      resolved.onEvent({ kind: "ended", reason, restartInMs: delayMs });
      await sleep(delayMs, undefined, { signal: closing.signal }).catch(() => {});
      if (closing.signal.aborted) return;
      restartedAtMs.push(performance.now());
      try {
        const next = await start(port, closing.signal);
        port = Number(new URL(url).port);
        reason = await next.ended;
        lastLines = next.lastLines();
      } catch (error) {
        port = 0;
        reason = error instanceof Error ? error.message : String(error);
        lastLines = [];
      }
    }
  }

  function giveUp(reason: string, lastLines: readonly string[]): void {
    const { most, withinMs } = resolved.restarts;
    const said = lastLines.length === 0 ? "" : ` Its last lines:\n${lastLines.join("\n")}`;
    const budget = `${most} restarts in ${withinMs / 1_000} s are used up`;
    const error = new WeirError(
      "REPLICA_START_FAILED",
      `the sidecar ended (${reason}), and ${budget}.${said}`,
    );
    enter({ kind: "given-up", error });
    resolved.onEvent({ kind: "given-up", error });
  }

  /** The address, once there is one where `mayWait`. What the client asks before every attempt. */
  async function locate(signal: AbortSignal | undefined, mayWait: boolean): Promise<string> {
    for (;;) {
      throwIfCancelled(signal);
      if (state.kind === "ready") return state.url;
      if (state.kind === "given-up") throw state.error;
      if (state.kind === "closed") throw new WeirError("NOT_READY", "the sidecar was closed");
      if (!mayWait) throw new WeirError("NOT_READY", "the sidecar is being restarted");
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          forget();
          resolve();
        };
        waiting.add(wake);
        const forget = onAbort(signal, wake);
      });
    }
  }

  async function close(): Promise<void> {
    closing.abort();
    enter({ kind: "closed" });
    await running?.stop(resolved.closeTimeoutMs);
    await supervised;
    resolved.onEvent({ kind: "closed" });
  }

  const supervised = supervise(await start(0, options.signal));
  let closed: Promise<void> | undefined;
  return {
    get url() {
      return url;
    },
    get pid() {
      return running?.pid;
    },
    client: createClientOf(clientOptions, locate),
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}
