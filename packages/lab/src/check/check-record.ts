import type { RecordHead } from "../record/record-head.ts";
import type { RunVerdictKind } from "../record/run-record.ts";
import type { CheckRow } from "./suite.ts";

/** How a check of a suite ends. Exit codes are those of a run. */
export type CheckVerdictKind = Exclude<RunVerdictKind, "stopped">;

/** How a figure stands to the one of a baseline. */
export interface RowComparison {
  /** The baseline's figures, one for each repeat. */
  readonly values: readonly number[];
  /** Their median. */
  readonly was: number;
  /** (this figure / that one) - 1: 0.1 is 10 % more, whether that is good or bad. */
  readonly change: number;
  /** 95 % interval of `change`; null where neither side has two figures or more. */
  readonly interval: readonly [low: number, high: number] | null;
  /** `unclear`: worse by more than is tolerated, and possibly by chance. */
  readonly kind: "better" | "same" | "worse" | "unclear";
}

/** A row as it is recorded: nothing is left out. */
export interface RecordedCheckRow extends Required<Pick<CheckRow, "key" | "metric" | "value" | "unit">> {
  readonly measured: string;
  readonly limit: string | null;
  readonly status: CheckRow["status"];
  readonly better: "less" | "more" | null;
  readonly advice: string | null;
  /** The figure of each repeat; one where the check was not repeated, none where it is no number. */
  readonly values: readonly number[];
  /** Null without a baseline that has this figure. */
  readonly baseline: RowComparison | null;
}

/** The baseline that a check was compared with, or why it was not. */
export interface RecordedBaseline {
  readonly file: string;
  /** Null where it could not be compared with. */
  readonly savedAt: string | null;
  readonly id: string | null;
  /** As a share: worse by more is a regression. */
  readonly tolerance: number;
  /** What must be known of the comparison, or why there is none; a sentence each. */
  readonly notes: readonly string[];
}

/** The content of run.json of a check. Its JSON schema is `schema/check-1.json` of this package. */
export interface CheckRecord extends RecordHead<"check", CheckVerdictKind> {
  readonly suite: {
    readonly name: string;
    readonly description: string;
    /** The file that it was read from; null for one that comes with Weir. */
    readonly file: string | null;
    /** Of all that decides what is measured: figures of two definitions are not compared. */
    readonly definition: string;
    readonly settings: Readonly<Record<string, number>>;
    /** How often all of it was done. */
    readonly repeats: number;
  };
  /** The server that was started for it; null where it ran already. */
  readonly started: { readonly command: string; readonly readyAfterMs: number } | null;
  readonly rows: readonly RecordedCheckRow[];
  readonly baseline: RecordedBaseline | null;
}
