import { WeirError } from "@weir/protocol";
import type { ModelAdmin } from "../admin/model-admin.ts";
import type { AnswerCache } from "../answer-cache/answer-cache.ts";
import type { EmbeddingCache } from "../cache/embedding-cache.ts";
import type { ModelRegistry } from "../models/model-registry.ts";
import type { Observing } from "../observing/observing.ts";
import type { Security } from "../security/security.ts";
import type { SocketTimeouts } from "../security/socket-timeouts.ts";

/** What is bounded, and where. */
export interface ServerLimits {
  /** Largest request body in bytes; 413 above. @default 32 MiB */
  readonly bodyBytes: number;
  /** All request bodies and answers that are held at once, in bytes; 503 above. @default 512 MiB */
  readonly heldBytes: number;
  /** Most texts in one request; 400 above. @default 2048 */
  readonly inputs: number;
  /**
   * Jobs that may wait for one model, beside those that run; 503 above. 0 lets none wait. Raise it if bursts are short.
   * @default 256
   */
  readonly jobs: number;
  /**
   * Tokens that may wait for one model, as estimated from the texts; 503 above. A job larger than all of it may still
   * wait alone. @default 16777216
   */
  readonly tokens: number;
  /**
   * How long a request that names no time of its own may take, waiting included, in milliseconds; four times what the job
   * itself should take where that is longer. 504 above. @default 30000
   */
  readonly requestTimeoutMs: number;
}

export const defaultLimits: ServerLimits = {
  bodyBytes: 32 * 1024 * 1024,
  heldBytes: 512 * 1024 * 1024,
  inputs: 2_048,
  jobs: 256,
  tokens: 16 * 1024 * 1024,
  requestTimeoutMs: 30_000,
};

/** Where the server is in its life. `starting` until every model was ready once. */
export type ServicePhase = "starting" | "serving" | "draining";

/** What the routes share. */
export interface Service {
  /** What it adds to the servers that a request came through; see `remote/passed-servers.ts`. */
  readonly id: string;
  readonly registry: ModelRegistry;
  /** Changing what is served; undefined where that is not possible over HTTP. */
  readonly admin: ModelAdmin | undefined;
  /** Undefined where nothing is cached. */
  readonly cache: EmbeddingCache | undefined;
  /** Undefined where no answers are. */
  readonly answers: AnswerCache | undefined;
  readonly limits: ServerLimits;
  /** Weir's own version. */
  readonly version: string;
  /** Folders below which `/embed-file` may read. Empty: nowhere. Absolute, symlinks resolved. */
  readonly allowRoots: readonly string[];
  /** What `/shutdown` must be shown. Undefined: nobody can shut the server down over HTTP. */
  readonly launchToken: string | undefined;
  readonly onShutdownRequest: () => void;
  readonly security: Security;
  readonly timeouts: SocketTimeouts;
  readonly observing: Observing;
  phase: ServicePhase;
}

/** Throws NOT_READY before the models are there and once the server drains. */
export function assertServing(service: Service): void {
  if (service.phase === "serving") return;
  const why = service.phase === "starting" ? "the models are still loading" : "the server is shutting down";
  throw new WeirError("NOT_READY", why, { retryAfterMs: 1_000 });
}
