import type { Schedule } from "@weir/stats";
import type { ErrorRateLimit } from "./error-rate-window.ts";
import type { HttpVersion } from "../http/connection.ts";
import type { WorkloadPlan } from "../workloads/create-workload.ts";

/**
 * What ends a run; the first that is reached does. Duration or requests must be set, unless the schedule has an end of
 * its own.
 */
export interface StopPlan {
  /** Length of the measured window, warm-up not counted. Above 0. */
  readonly durationMs: number | undefined;
  /**
   * Requests of the measured window; all of them are waited for. Where a turn has several, so many turns. Whole number
   * from 1 to 2^31 - 1.
   */
  readonly requests: number | undefined;
  /**
   * Failures in all that end the run, warm-up included. 0: any number, even where nothing works; undefined: any number
   * as long as some requests succeed.
   */
  readonly failures?: number | undefined;
  /** Failures one after the other, over all users, that end the run. 0 and undefined: any number. */
  readonly failuresInARow?: number | undefined;
  /** A share of the requests of the last seconds that ends the run when so many fail. @default any share */
  readonly errorRate?: ErrorRateLimit | undefined;
}

export interface TransportPlan {
  /** Sent with every request. May hold keys: reports show names only. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest wait for a connection. @default 5000 */
  readonly connectTimeoutMs: number;
  /** Longest wait for a whole answer. @default 30000 */
  readonly timeoutMs: number;
  /** Longest wait for the first byte of an answer. @default none beside `timeoutMs` */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Certificates to trust in place of the usual ones, PEM. */
  readonly ca?: string | undefined;
  /** Takes any certificate. @default false */
  readonly insecure?: boolean | undefined;
  /** @default "1.1" */
  readonly httpVersion?: HttpVersion | undefined;
  /**
   * Most connections that an open-loop schedule may open. A request that is due beyond them waits for one, and its
   * response time counts from when it was due. Whole number >= 1.
   * @default 1024
   */
  readonly maxConnections?: number | undefined;
  /**
   * How often a request that failed is sent again, the same bytes after a wait: as long as the server asks (up to a
   * minute), else 500 ms doubling to 8 s. Only what may go better the next time: no answer, and the statuses 408, 409,
   * 429 and from 500 on. Whole number from 0 to 100.
   * @default 0
   */
  readonly retries?: number | undefined;
}

/** Everything about a load run, decided before it starts. Plain JSON. */
export interface LoadPlan {
  /** `http://HOST:PORT`, with a base path where the API is below one. */
  readonly url: string;
  readonly workload: WorkloadPlan;
  /** Begins with the run, warm-up included. */
  readonly schedule: Schedule;
  /**
   * Spins before a request is due instead of sleeping: lag falls from about a millisecond to a few hundredths, and one
   * core is busy throughout. Not with a closed loop, where nothing is due at a time. @default false
   */
  readonly preciseTiming?: boolean | undefined;
  readonly stop: StopPlan;
  /** Time before the window. Its requests hand over in flight: nothing is drained. From 0 on. */
  readonly warmupMs: number;
  readonly transport: TransportPlan;
}
