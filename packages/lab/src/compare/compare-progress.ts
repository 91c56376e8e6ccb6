import type { LoadProgress } from "@weir/load";
import type { Judgement } from "@weir/stats";
import type { SideName } from "./compare-record.ts";

/** A look at a comparison while it goes. */
export interface CompareProgress {
  /** `preparing`: a server is started or toggled; `looking`: the load before the first round. */
  readonly phase: "preparing" | "looking" | "measuring";
  /** Counted from 1; 0 before the first. */
  readonly round: number;
  readonly maxRounds: number;
  readonly side: SideName;
  /** Undefined while there is no load. */
  readonly load: LoadProgress | undefined;
  /** Of the rounds before this one; undefined before the first. */
  readonly judgement: Judgement | undefined;
  /** Of the rounds that count, in order: B / A - 1. */
  readonly changes: readonly number[];
  /** How many rounds before this one do not count. */
  readonly leftOut: number;
  /** Until the last round that may be; undefined before the first has ended. */
  readonly leftAtMostMs: number | undefined;
}
