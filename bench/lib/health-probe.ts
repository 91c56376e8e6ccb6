import { Agent } from "node:http";
import os from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { say, startPart, untilFinished, type Part } from "./part.ts";
import { quantile } from "./quantile.ts";
import { timedCall } from "./timed-call.ts";

const paths = ["/health/live", "/health/ready"] as const;
const everyMs = 10;

/** What probes of one path saw. */
export interface ProbeReading {
  readonly path: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 200. */
  readonly refused: number;
  /** How late the prober itself was: on a machine without a core to spare, that is what is measured. */
  readonly lateP99Ms: number;
}

export interface HealthProbe extends AsyncDisposable {
  /** What was seen since the start, or since this was asked the last time. */
  read(): Promise<readonly ProbeReading[]>;
}

/** Probes a server's health from a process of its own, part `probe` of the bench, which runs {@link probeHealth} there. */
export function startHealthProbe(file: string, url: string): HealthProbe {
  const part: Part = startPart(file, "probe", url);
  return {
    read() {
      part.ask();
      return part.next();
    },
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  };
}

/** The part itself. */
export async function probeHealth(url: string): Promise<void> {
  hurry();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  let over = false;
  const seen = new Map<string, { times: number[]; refused: number }>();
  const reset = (): void => {
    for (const path of paths) seen.set(path, { times: [], refused: 0 });
    lag.reset();
  };
  reset();
  const probing = (async () => {
    while (!over) {
      for (const path of paths) {
        const { ms, status } = await timedCall(url + path, { agent });
        const of = seen.get(path)!;
        of.times.push(ms);
        if (status !== 200) of.refused++;
      }
      await delay(everyMs);
    }
  })();
  await untilFinished(() => {
    const lateP99Ms = lag.percentile(99) / 1e6;
    const readings: ProbeReading[] = [...seen].map(([path, { times, refused }]) => ({
      path,
      count: times.length,
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      refused,
      lateP99Ms,
    }));
    reset();
    say(readings);
  });
  over = true;
  await probing;
  agent.destroy();
}

/**
 * A load balancer probes from another machine: here the prober would wait for a core that the load's clients have, and read the answer
 * late. Where it is not permitted it stays as it is, and how late it was is told.
 */
function hurry(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Said above.
  }
}

/**
 * Prints what was seen, and returns whether every path answered 200, and 99 % of the time within `mostMs`. `fills`: the queue is meant
 * to be full at times, when /health/ready says so with 503.
 */
export function reportProbes(readings: readonly ProbeReading[], mostMs: number, fills = false): boolean {
  for (const { path, count, p50Ms, p99Ms, refused, lateP99Ms } of readings) {
    console.log(
      `  ${path.padEnd(15)}  n ${count}, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms (at most ${mostMs}), not 200: ${refused}; prober late p99 ${lateP99Ms.toFixed(2)} ms`,
    );
  }
  return readings.every(
    ({ path, p99Ms, refused }) => p99Ms <= mostMs && (refused === 0 || (fills && path === "/health/ready")),
  );
}
