import { setTimeout as delay } from "node:timers/promises";
import type { RecordedProcess, RecordedServer } from "./server-record.ts";
import { summariseProcesses, toProcessRows, type ProcessRow, type Span } from "./process-series.ts";
import { findServerProcesses, ProcessTree } from "./process-tree.ts";
import { ThinnedList } from "./thinned-list.ts";
import type { TreeReading } from "./tree-totals.ts";

/** What of the server is looked at while a run goes. */
export interface ServerSideRequest {
  /** False leaves the server's side out. @default true */
  readonly watched?: boolean | undefined;
  /** The server's process, where it is not the one that listens at the URL. */
  readonly pid?: number | undefined;
}

/** The server's side of a run, and what of it goes to server.json. */
export interface ServerObservation {
  readonly server: RecordedServer;
  readonly processes: readonly ProcessRow[];
}

/** Looks at a server until it is stopped. */
export interface ServerWatch {
  /** Looks once more, and ends. */
  stop(): Promise<void>;
  /** What was seen, in the time of the run, of which this is the wall clock's time of its start. */
  observe(startedAt: string, window: Span): ServerObservation;
}

const everyMs = 1000;
const sliceMs = 1000;
/** Two hours of readings; what takes longer is kept more coarsely. */
const mostReadings = 7200;

/**
 * Begins to look at the server of a run: what of it is found on this machine is read once a second, between two turns of
 * the event loop. Throws USAGE where a process was given and there is none.
 */
export async function watchServer(
  url: string,
  request: ServerSideRequest = {},
): Promise<ServerWatch | undefined> {
  if (request.watched === false) return undefined;
  const { found, note } = await findServerProcesses(url, request.pid);
  const clock = new WallClock();
  const tree = found === undefined ? undefined : new ProcessTree(found);
  const readings = new ThinnedList<TreeReading>(mostReadings);
  const look = (isLast = false): void => {
    const reading = tree?.read(performance.now());
    if (reading !== undefined) readings.add(reading, isLast);
  };
  look();
  const first = tree?.pids ?? [];
  const name = tree?.name ?? "";
  const end = new AbortController();
  const looking = (async () => {
    try {
      for (;;) {
        await delay(everyMs, undefined, { signal: end.signal, ref: false });
        look();
      }
    } catch {
      // Stopped.
    }
  })();
  return {
    async stop() {
      end.abort();
      await looking;
      look(true);
    },
    observe(startedAt, window) {
      const startMs = clock.toRunningMs(startedAt);
      const inRun = readings.items.map((reading) => ({ ...reading, atMs: reading.atMs - startMs }));
      const figures = summariseProcesses(inRun, window);
      const process: RecordedProcess | null =
        figures === undefined || found === undefined
          ? null
          : { pids: first, name, source: found.source, ...figures };
      const rows = process === null ? [] : toProcessRows(inRun, window.endMs, sliceMs);
      const series = rows.length === 0 ? null : { rows: rows.length, everyMs: sliceMs };
      return { server: { process, series, notes: note === undefined ? [] : [note] }, processes: rows };
    },
  };
}

/** Where two clocks stood to each other when it was made. */
class WallClock {
  readonly #behindMs = performance.now() - Date.now();

  /** A wall clock's time as `performance.now()` in milliseconds. */
  toRunningMs(iso: string): number {
    return Date.parse(iso) + this.#behindMs;
  }
}
