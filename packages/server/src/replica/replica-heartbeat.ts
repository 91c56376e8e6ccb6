import type { PongMeta } from "../link/link-messages.ts";
import { judgeHealth, type HealthLimits } from "./replica-health.ts";

/** Asks a replica at intervals whether it lives. */
export interface Heartbeat {
  /** The newest answer. */
  readonly last: PongMeta | undefined;
  receive(pong: PongMeta): void;
  stop(): void;
}

export interface HeartbeatOptions {
  readonly limits: HealthLimits;
  readonly ask: () => void;
  readonly onAnswer: (pong: PongMeta) => void;
  /** Called once, with why it must be ended. */
  readonly onUnwell: (why: string) => void;
}

export function startHeartbeat({ limits, ask, onAnswer, onUnwell }: HeartbeatOptions): Heartbeat {
  let askedMs: number | undefined;
  let last: PongMeta | undefined;
  let tickedMs = performance.now();

  function tick(): void {
    const nowMs = performance.now();
    // Our own thread was away (a machine that slept, a debugger): the answer may be waiting behind this very timer.
    const wasAway = nowMs - tickedMs > 2 * limits.heartbeatMs + 1_000;
    tickedMs = nowMs;
    if (wasAway && askedMs !== undefined) askedMs = nowMs;
    const unansweredMs = askedMs === undefined ? undefined : nowMs - askedMs;
    const why = judgeHealth({ unansweredMs, pong: last }, limits);
    if (why !== undefined) {
      clearInterval(timer);
      onUnwell(why);
    } else if (askedMs === undefined) {
      askedMs = nowMs;
      ask();
    }
  }

  const timer = setInterval(tick, limits.heartbeatMs);
  timer.unref();
  askedMs = tickedMs;
  ask();

  return {
    get last() {
      return last;
    },
    receive(pong) {
      askedMs = undefined;
      last = pong;
      onAnswer(pong);
    },
    stop() {
      clearInterval(timer);
    },
  };
}
