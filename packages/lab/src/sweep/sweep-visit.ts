import type { EncodedHistogram } from "@weir/stats";

/** What one visit of a case came to. Plain JSON. */
export interface SweepVisit {
  /** What it was for: finding settings, or measuring found ones against the default. */
  readonly purpose: "matrix" | "confirmation";
  /** The case's id; of a confirmation the settings as `size=500 batch=32 concurrency=1`. */
  readonly case: string;
  /** From 0: which repeat, or which round of the confirmation. */
  readonly repeat: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Its run's folder, relative to the sweep's. */
  readonly folder: string;
  readonly requests: number;
  readonly completed: number;
  readonly failed: number;
  /** By kind, with the first message of each. */
  readonly failures: Readonly<Record<string, { readonly count: number; readonly firstMessage: string }>>;
  /** Texts, tokens or files that came back. */
  readonly units: number;
  /** From the first request to the last answer. */
  readonly tookMs: number;
  /** Of completed requests, from sent to the end of the answer; null where there were none or they could not be read. */
  readonly serviceMs: EncodedHistogram | null;
  /** Inputs that the server says it cut; null where it says nothing. */
  readonly truncated: number | null;
  /** Most memory of the server's processes; null where the server is not on this machine. */
  readonly serverRssBytes: number | null;
  /** Whether the generator kept up. */
  readonly generator: "valid" | "invalid" | "not-judged";
}
