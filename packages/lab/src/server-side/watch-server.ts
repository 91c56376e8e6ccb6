import { setTimeout as delay } from "node:timers/promises";
import type { LoadResult } from "@weir/load";
import { MetricsScraper, type ScrapeTarget } from "./metrics-scraper.ts";
import { observe, type ServerObservation } from "./observe-server.ts";
import { findServerProcesses, ProcessTree } from "./process-tree.ts";
import { ThinnedList } from "./thinned-list.ts";
import type { TreeReading } from "./tree-totals.ts";

/** What of the server is looked at while a run goes. */
export interface ServerSideRequest {
  /** False leaves the server's side out. @default true */
  readonly watched?: boolean | undefined;
  /** The server's process, where it is not the one that listens at the URL. */
  readonly pid?: number | undefined;
  /** Where its metrics are. @default /metrics of the server, where embeddings or chat are asked of it */
  readonly metricsUrl?: string | undefined;
}

export interface WatchedServer extends Omit<ScrapeTarget, "metricsUrl"> {
  /** Whether it was found to be a model server, which may be asked for metrics. */
  readonly isModelServer: boolean;
}

/** Looks at a server until it is stopped. */
export interface ServerWatch {
  /** Looks once more, and ends. */
  stop(): Promise<void>;
  /** What was seen, in the time of the run that this was the result of. */
  observe(result: LoadResult): ServerObservation;
}

const everyMs = 1000;
/** Two hours of readings; what takes longer is kept more coarsely. */
const mostReadings = 7200;

/**
 * Begins to look at the server of a run, once a second: what of it is on this machine is read between two turns of the
 * event loop (about a tenth of a millisecond for each process), and its metrics are asked for. Throws USAGE where a
 * process was given and there is none.
 */
export async function watchServer(
  server: WatchedServer,
  request: ServerSideRequest = {},
): Promise<ServerWatch | undefined> {
  if (request.watched === false) return undefined;
  const { found, note } = await findServerProcesses(server.url, request.pid);
  const tree = found === undefined ? undefined : new ProcessTree(found);
  const { scraper, note: metricsNote } = await openMetrics(server, request);
  const clock = new WallClock();
  const readings = new ThinnedList<TreeReading>(mostReadings);
  const read = (isLast: boolean): void => {
    const reading = tree?.read(performance.now());
    if (reading !== undefined) readings.add(reading, isLast);
  };
  read(false);
  const pids = tree?.pids ?? [];
  const name = tree?.name ?? "";
  const end = new AbortController();
  const looking = (async () => {
    let asking: Promise<unknown> | undefined;
    // Ticks are a little early or late.
    let askAtMs = performance.now() + everyMs / 2;
    try {
      for (;;) {
        await delay(everyMs, undefined, { signal: end.signal, ref: false });
        read(false);
        const nowMs = performance.now();
        if (scraper === undefined || asking !== undefined || nowMs < askAtMs) continue;
        asking = scraper.look(false, end.signal).then(() => {
          asking = undefined;
          askAtMs = nowMs + scraper.everyMs - everyMs / 2;
        });
      }
    } catch {
      // Stopped.
    }
    await asking;
  })();
  return {
    async stop() {
      end.abort();
      await looking;
      read(true);
      await scraper?.look(true);
    },
    observe: (result) =>
      observe(
        {
          process: found === undefined ? undefined : { pids, name, source: found.source },
          readings: readings.items,
          scraper,
          startMs: clock.toRunningMs(result.startedAt),
          notes: [note, metricsNote].filter((one) => one !== undefined),
        },
        result,
      ),
  };
}

/** The first look, which says whether there is anything to be seen. */
async function openMetrics(
  server: WatchedServer,
  { metricsUrl }: ServerSideRequest,
): Promise<{ readonly scraper?: MetricsScraper; readonly note?: string }> {
  // A server of any kind gets the requests it was to get, and no other.
  if (metricsUrl === undefined && !server.isModelServer) return {};
  const scraper = new MetricsScraper({ ...server, metricsUrl });
  const problem = await scraper.look(false);
  if (problem === undefined) return { scraper };
  const isRefused = /^status 40[13]$/.test(problem);
  if (metricsUrl === undefined && !isRefused) return {};
  const advice = isRefused && metricsUrl === undefined ? " It wants a key that may read metrics." : "";
  return { note: `metrics: ${scraper.url} could not be read: ${problem}.${advice}` };
}

/** Where two clocks stood to each other when it was made. */
class WallClock {
  readonly #behindMs = performance.now() - Date.now();

  /** A wall clock's time as `performance.now()` in milliseconds. */
  toRunningMs(iso: string): number {
    return Date.parse(iso) + this.#behindMs;
  }
}
