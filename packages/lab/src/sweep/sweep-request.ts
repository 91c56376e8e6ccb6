import type { UploadPlan } from "@weir/load";
import type { ChatLoadRequest, ConnectionRequest, EmbeddingsRequest } from "../run/run-request.ts";
import type { SweepThresholds } from "./red-flag.ts";
import type { SweepSettings } from "./sweep-case.ts";
import type { SweepMatrix } from "./sweep-matrix.ts";
import type { VisitBudget } from "./visit-plan.ts";

/** What is sent, but for what the cases say of it. Plain JSON. */
export type SweepSource =
  | (Pick<EmbeddingsRequest, "dialect" | "model" | "cache"> & {
      readonly kind: "embeddings";
      /** Folder of the texts; undefined takes the built-in ones. */
      readonly directory: string | undefined;
    })
  | Omit<ChatLoadRequest, "prompts" | "maxTokens">
  | (Omit<UploadPlan, "files"> & {
      /** Undefined: images of the case's size are made. */
      readonly files: UploadPlan["files"] | undefined;
      /** Name of the query parameter that says a case's dpi. */
      readonly dpiParameter: string;
    });

/** How what was found is measured once more. */
export interface ConfirmationBudget {
  /** Whole number; 0 leaves it out. */
  readonly rounds: number;
  /** About how long each visit lasts. */
  readonly visitMs: number;
  /** When no further round is begun, once there were three. */
  readonly timeMs: number;
}

/** A sweep as it is asked for. */
export interface SweepRequest {
  readonly url: string;
  readonly source: SweepSource;
  readonly matrix: SweepMatrix;
  readonly budget: VisitBudget;
  readonly confirmation: ConfirmationBudget;
  /** Load that counts for nothing, before each round: the server gets warm, and kept texts are asked beside it. */
  readonly warmupMs: number;
  /** Whole number >= 0. Decides the order of the cases. */
  readonly seed: number;
  readonly thresholds: SweepThresholds;
  /** What recommendations are measured against. */
  readonly baseline: SweepSettings;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly connection: ConnectionRequest;
  readonly workers: number | "auto";
  /** Folder that the sweep's own folder is made in. */
  readonly outDirectory: string;
  readonly name: string | undefined;
  /** Folder of a sweep to go on with: what is measured is kept. */
  readonly resume: string | undefined;
}
