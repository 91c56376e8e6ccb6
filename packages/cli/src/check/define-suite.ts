import type { RunFlags } from "../run/run-flags.ts";

/** What a run of a suite cannot say: what belongs to the whole check. */
type OfTheCheck = "listPresets" | "quiet" | "out" | "name" | "format" | "json" | "slo";

/** How a flag may be written in a file: numbers and lists as what they are. */
type Written<Value> = Value extends boolean
  ? boolean
  : Value extends readonly string[]
    ? string | readonly string[]
    : string | number;

/** The flags of `weir run`, without dashes and in camel case: `{ users: 8, textSize: 500 }`. */
export type SuiteRunFlags = {
  readonly [Flag in keyof Omit<RunFlags, OfTheCheck>]?: Written<NonNullable<RunFlags[Flag]>>;
};

/** One run of a suite, or one search for a capacity. */
export interface SuiteRun {
  /** Unlike those of the suite's other runs: baselines know figures by it. */
  readonly name: string;
  /**
   * The flags of `weir capacity` in place of `run`: finds out how many users, or how high a rate, it takes within `slo`. An
   * object of flags as for `run`.
   */
  readonly capacity?: string | Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** With `capacity`: how many users, or requests per second, it has to take. @default no limit */
  readonly atLeast?: number;
  /** The flags of `weir run`, as a command line has them or as an object. @default those of `weir check` */
  readonly run?: string | SuiteRunFlags;
  /** Where it goes behind the URL of the check, e.g. `/items`. @default the URL itself */
  readonly path?: string;
  /** Limits, as --slo takes them. @default "errors < 1%"; for a capacity those of `weir capacity` */
  readonly slo?: string | readonly string[];
}

/** What a suite's file exports by default. */
export interface SuiteDefinition {
  readonly name: string;
  /** One sentence. @default the names of its runs */
  readonly description?: string;
  /** One after the other, in this order. */
  readonly runs: readonly SuiteRun[];
  /** File of the figures that it is compared with, from the suite's folder. @default weir-baseline.json */
  readonly baseline?: string;
}

/** Gives the suite back as it is: for its type, in editors and in `tsc`. */
export function defineSuite(suite: SuiteDefinition): SuiteDefinition {
  return suite;
}
