import type { Distribution } from "@weir/stats";
import type { RecordVerdict } from "../record/record-head.ts";
import type { runSchemaVersion } from "../record/run-record.ts";

export const importedTools = ["k6", "locust", "vllm", "guidellm", "aiperf"] as const;
export type ImportedTool = (typeof importedTools)[number];

/** The figures of ours that another tool may have, by the names that limits give them. */
export type ImportedFigure = "service" | "ttft" | "tpot" | "chunkGap" | "throughput" | "tokens" | "failed";

/** What a figure of another tool is. */
export interface FigureDefinition {
  /** Its name there, and what it means there. */
  readonly theirs: string;
  /** Whether that is what the figure means in Weir. Where it is not, `theirs` says how it differs. */
  readonly same: boolean;
}

export interface ImportedDefinition extends FigureDefinition {
  /** `file`: taken as the tool worked it out. `rows`: worked out here from the requests that the file lists. */
  readonly from: "file" | "rows";
}

/** As of a run, but `n` may be unknown, and percentiles of the tool's own stand whatever n is. Milliseconds. */
export type ImportedDistribution = Omit<Distribution, "n" | "censored"> & { readonly n: number | null };

/** A figure that Weir has no word for: only beside figures of the same tool is it of any use. */
export interface ForeignFigure {
  /** As the tool calls it. */
  readonly name: string;
  readonly meaning: string;
  readonly unit: "ms";
  readonly values: ImportedDistribution;
}

/** What came out, as far as the file says. Fields that a run has too mean the same; null where the file has none. */
interface ImportSummary {
  readonly completed: number | null;
  readonly failed: {
    readonly total: number | null;
    readonly byKind: Readonly<Record<string, { readonly count: number }>>;
  };
  /** Under way when it ended. */
  readonly cutOff: number | null;
  /** Milliseconds from the start; null where the file does not say how long it went. */
  readonly window: { readonly startMs: number; readonly endMs: number } | null;
  readonly requestsPerSecond: number | null;
  readonly units: { readonly kind: string; readonly total: number; readonly perSecond: number | null } | null;
  readonly latencyMs: { readonly service: ImportedDistribution | null };
  readonly ttftMs: ImportedDistribution | null;
  readonly tpotMs: ImportedDistribution | null;
  readonly chunkGapMs: ImportedDistribution | null;
  readonly tokens: {
    readonly input: number | null;
    readonly output: number;
    readonly outputPerSecond: number | null;
  } | null;
}

/** What a file of another tool says of one measurement. */
export interface ParsedImport {
  readonly tool: ImportedTool;
  readonly version: string | null;
  /** Which of the tool's files it is: `k6 --summary-export`. */
  readonly format: string;
  /** Null where the file does not say. */
  readonly startedAt: Date | null;
  readonly url: string | null;
  readonly workload: string | null;
  readonly model: string | null;
  readonly users: number | null;
  readonly ratePerSecond: number | null;
  readonly summary: ImportSummary;
  readonly definitions: Readonly<Partial<Record<ImportedFigure, ImportedDefinition>>>;
  readonly others: readonly ForeignFigure[];
  /** What must be known beside the figures, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The run.json of a measurement that another tool made. It has no plan, schedule hash, generator health nor slices, so
 * it is a kind of its own. Its JSON schema is `schema/import-1.json` of this package.
 */
export interface ImportRecord {
  readonly schema: typeof runSchemaVersion;
  readonly kind: "import";
  readonly id: string;
  readonly name: string | null;
  readonly children: readonly string[];
  readonly plan: {
    readonly url: string | null;
    readonly workload: { readonly kind: string | null; readonly model: string | null };
  };
  readonly schedule: { readonly users: number | null; readonly ratePerSecond: number | null };
  /** When it began, in ISO 8601; the time of the file where that does not say. */
  readonly environment: { readonly startedAt: string };
  readonly summary: ImportSummary;
  readonly imported: {
    readonly tool: ImportedTool;
    readonly version: string | null;
    readonly format: string;
    /** Names of the files, without their folders. */
    readonly files: readonly string[];
    /** What made this record of them. */
    readonly weirVersion: string;
    readonly definitions: ParsedImport["definitions"];
    readonly others: readonly ForeignFigure[];
  };
  readonly verdict: RecordVerdict<"imported">;
}
