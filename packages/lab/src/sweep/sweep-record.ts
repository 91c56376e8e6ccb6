import type { RecordHead, RecordVerdict } from "../record/record-head.ts";
import type { RunVerdictKind } from "../record/run-record.ts";
import type { CaseFigures } from "./case-figures.ts";
import type { ConfigSnippet } from "./config-snippet.ts";
import type { Recommendation } from "./confirmation.ts";
import type { VectorFindings } from "./judge-vectors.ts";
import type { ProjectedTime } from "./project-times.ts";
import type { RedFlag, SweepThresholds } from "./red-flag.ts";
import type { SweepSettings } from "./sweep-case.ts";
import type { SweepMatrix } from "./sweep-matrix.ts";
import type { SweepVisit } from "./sweep-visit.ts";
import type { VisitBudget } from "./visit-plan.ts";

export type SweepVerdict = RecordVerdict<RunVerdictKind>;

/** What was asked for. */
export interface SweepPlan {
  readonly url: string;
  readonly dialect: string | null;
  readonly model: string | null;
  /** Where texts, prompts or files come from. */
  readonly source: string;
  readonly cache: "busted" | "warm" | null;
  readonly matrix: Omit<SweepMatrix, "cases">;
  /** How many cases there are; `cases` has those that were measured. */
  readonly cases: number;
  readonly budget: VisitBudget;
  readonly seed: number;
  readonly timeoutMs: number;
  readonly thresholds: SweepThresholds;
  /** What recommendations are measured against, and in how many rounds. */
  readonly baseline: SweepSettings;
  readonly rounds: number;
}

/** How a sweep ended. */
export type SweepEnd =
  | { readonly kind: "finished" }
  | { readonly kind: "interrupted" }
  /** The target was not there from the start, or nothing that it was asked for worked. */
  | { readonly kind: "not-started"; readonly message: string }
  /** The target was lost on the way, or nothing could be written any more. */
  | { readonly kind: "stopped"; readonly message: string };

export interface SweepSummary {
  /** What a unit is: texts, tokens, files. */
  readonly unit: string;
  readonly visitsPlanned: number;
  readonly visitsMeasured: number;
  readonly requests: number;
  readonly completed: number;
  readonly failed: number;
  /** Of all parts of the sweep, where it was continued. */
  readonly elapsedMs: number;
  readonly end: SweepEnd;
}

/** Times that a recommendation comes to. */
interface SweepProjection {
  readonly uses: Recommendation["uses"];
  readonly input: SweepSettings;
  readonly choice: SweepSettings;
  readonly times: readonly ProjectedTime[];
}

/** The content of a sweep's run.json. Its JSON schema is `schema/sweep-1.json` of this package. */
export interface SweepRecord extends RecordHead<"sweep", RunVerdictKind> {
  readonly plan: SweepPlan;
  readonly summary: SweepSummary;
  readonly cases: readonly CaseFigures[];
  readonly redFlags: readonly RedFlag[];
  readonly recommendations: readonly Recommendation[];
  readonly config: ConfigSnippet;
  readonly projections: readonly SweepProjection[];
  /** Null where there are no vectors to look at. */
  readonly vectors: VectorFindings | null;
  /** Everything that was measured, in the order it was. */
  readonly visits: readonly SweepVisit[];
  /** When the sweep was continued, ISO 8601. */
  readonly resumedAt: readonly string[];
}
