import type { PrecisionWish } from "@weir/engine";

/** What to load, as the operator names it. */
export interface ModelSource {
  /** A model's folder, a name that the server builds a model for, or where another server has it: `URL#MODEL`. */
  readonly path: string;
  /** Threads of each replica. Whole number >= 1. @default as the server's other models */
  readonly threads?: number;
  /** Child processes that compute it. Whole number >= 1. @default as the server's other models */
  readonly replicas?: number;
  /** Which weights compute it. @default as it is when the server starts with a model of that name */
  readonly precision?: PrecisionWish;
}

/** One model as `/admin/models` shows it. */
export interface AdminModel {
  readonly name: string;
  /**
   * `loading`: it was asleep, and jobs wait for it. `asleep`: unloaded, and the next job loads it. `swapping`: the old one
   * serves while a new one warms up. `unreachable`: the server behind it takes no jobs. `draining`: on its way out.
   */
  readonly state:
    | "loading"
    | "asleep"
    | "ready"
    | "swapping"
    | "restarting"
    | "unreachable"
    | "draining"
    | "stopped";
  readonly path: string;
  /** Of its vectors; undefined of a chat model. */
  readonly dimensions: number | undefined;
  readonly device: string;
  readonly precision: string;
  /** Replicas that can compute now; a remote server's are not counted. */
  readonly replicas: number;
  /** Jobs waiting and running. */
  readonly jobs: number;
}

/** Changing what is served while serving. Behind `/admin/models`. */
export interface ModelAdmin {
  list(): readonly AdminModel[];
  /** The model that another name stands for, whether it is served now or not; undefined for what is no other name. */
  aliasOf(name: string): string | undefined;
  /** A further model. Resolves once it serves; rejects with MODEL_INVALID and the like, and nothing has changed then. */
  load(name: string, source: ModelSource, signal: AbortSignal): Promise<AdminModel>;
  /**
   * Another model under a name in use: warmed, switched to, the old one drained. No request fails of it. Rejects where
   * the new one cannot serve; the old one goes on then.
   */
  swap(name: string, source: ModelSource, signal: AbortSignal): Promise<AdminModel>;
  /** Lets its jobs finish and ends it. */
  unload(name: string, signal: AbortSignal): Promise<void>;
}
