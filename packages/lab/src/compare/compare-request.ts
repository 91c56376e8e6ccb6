import type { RunRequest } from "../run/run-request.ts";
import type { ComparedMetric } from "./compared-metric.ts";

/** One of two things that are compared. */
export interface SideRequest {
  /** What tables and sentences call it, e.g. `A`. */
  readonly label: string;
  /**
   * What its half of every round is. Both sides have the same schedule. Of the address of one that is started only the
   * path counts.
   */
  readonly run: RunRequest;
  /** Command line that starts its server, with `{port}` in it; undefined where a server is there already. */
  readonly start?: string | undefined;
  /** Command line that makes the server this side, run before each of its halves; undefined where nothing is to be done. */
  readonly toggle?: string | undefined;
}

/** A comparison as it is asked for. */
export interface CompareRequest {
  readonly a: SideRequest;
  readonly b: SideRequest;
  /** Both sides are the same thing: what is measured is how small a difference can be seen here. @default "another" */
  readonly against?: "itself" | "another" | undefined;
  /** One server is started for both sides, which differ in what is sent or in what is toggled. @default false */
  readonly sharedServer?: boolean | undefined;
  /** Servers are started for each half and ended after it. @default false: both are there all the time, one under load */
  readonly oneAtATime?: boolean | undefined;
  /** What the verdict is on. @default ttft.p50 of streams, else response.p50; what the preset says where there is one */
  readonly metric?: ComparedMetric | undefined;
  /**
   * Each half is a ramp that a stop rule ends where the side fails, and that is what is compared: `metric` is not asked.
   * @default false
   */
  readonly toFailure?: boolean | undefined;
  /** Least change that matters, as a share: 0.05 for 5 %. Above 0. */
  readonly delta: number;
  /** Whole number >= 2. */
  readonly maxRounds: number;
  /** Nothing is decided before so many rounds. Whole number >= 2. */
  readonly minRounds: number;
  /**
   * Who says how long a half is: `given` takes it from the runs, `measured` makes it long enough for a hundred requests of
   * the slower side, from 3 to 30 s.
   */
  readonly halfLength: "given" | "measured";
  /** Folder that the comparison's own folder is made in. */
  readonly outDirectory: string;
  readonly name: string | undefined;
}
