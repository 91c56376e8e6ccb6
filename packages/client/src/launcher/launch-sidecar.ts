import { setTimeout as sleep } from "node:timers/promises";
import { WeirError } from "@weir/protocol";
import { resolveClientOptions } from "../client-options.ts";
import { createClientOf, type Client } from "../create-client.ts";
import { onAbort } from "../on-abort.ts";
import { throwIfCancelled } from "../send-once.ts";
import { nextRestartDelayMs } from "./restart-budget.ts";
import { resolveSidecarOptions, type SidecarOptions, type SidecarPlace } from "./sidecar-options.ts";
import { startSidecarProcess, type SidecarProcess } from "./sidecar-process.ts";

export interface Sidecar extends AsyncDisposable {
  /**
   * Where it listens, e.g. `http://127.0.0.1:40123`, or `http+unix://PATH` of a socket, which `createClient` and `weir
   * run` take. Kept over a restart unless the port was taken meanwhile.
   */
  readonly url: string;
  /** Of the Unix socket or named pipe, for other HTTP clients; undefined where it listens on a port. */
  readonly socketPath: string | undefined;
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
 * Starts `weir serve` in a process of its own on a free port of 127.0.0.1, or on a socket, and resolves once it takes requests. It is
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
  async function start(place: SidecarPlace, signal: AbortSignal | undefined): Promise<SidecarProcess> {
    const startedMs = performance.now();
    const started = startSidecarProcess(resolved, place, signal);
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
    const samePlace = (): SidecarPlace =>
      resolved.place.kind === "port" ? { kind: "port", port: Number(new URL(url).port) } : resolved.place;
    let place = samePlace();
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
        const next = await start(place, closing.signal);
        place = samePlace();
        reason = await next.ended;
        lastLines = next.lastLines();
      } catch (error) {
        place = resolved.place;
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

  /** The address, once there is one within `waitMs`. What the client asks before every attempt. */
  async function locate(signal: AbortSignal | undefined, waitMs: number): Promise<string> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      throwIfCancelled(signal);
      if (state.kind === "ready") return state.url;
      if (state.kind === "given-up") throw state.error;
      if (state.kind === "closed") throw new WeirError("NOT_READY", "the sidecar was closed");
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) {
        const waited = waitMs === 0 ? "" : `, which took longer than ${Math.round(waitMs)} ms`;
        throw new WeirError("NOT_READY", `the sidecar is being restarted${waited}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          forget();
          clearTimeout(timer);
          resolve();
        };
        waiting.add(wake);
        const forget = onAbort(signal, wake);
        const timer = setTimeout(wake, leftMs);
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

  const supervised = supervise(await start(resolved.place, options.signal));
  let closed: Promise<void> | undefined;
  return {
    get url() {
      return url;
    },
    socketPath: resolved.place.kind === "socket" ? resolved.place.path : undefined,
    get pid() {
      return running?.pid;
    },
    client: createClientOf(clientOptions, locate),
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}
