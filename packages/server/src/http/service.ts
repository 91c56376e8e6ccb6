import { WeirError } from "@weir/protocol";
import type { ModelRegistry } from "../models/model-registry.ts";

/** What is bounded, and where. */
export interface ServerLimits {
  /** Largest request body in bytes; 413 above. @default 32 MiB */
  readonly bodyBytes: number;
  /** Most texts in one request; 400 above. @default 2048 */
  readonly inputs: number;
  /** Jobs that one model holds, waiting and running; 503 above. @default 256 */
  readonly jobs: number;
}

export const defaultLimits: ServerLimits = { bodyBytes: 32 * 1024 * 1024, inputs: 2_048, jobs: 256 };

/** Where the server is in its life. `starting` until every model was ready once. */
export type ServicePhase = "starting" | "serving" | "draining";

/** What the routes share. */
export interface Service {
  readonly registry: ModelRegistry;
  readonly limits: ServerLimits;
  /** Weir's own version. */
  readonly version: string;
  /** Folders below which `/embed-file` may read. Empty: nowhere. Absolute, symlinks resolved. */
  readonly allowRoots: readonly string[];
  /** What `/shutdown` must be shown. Undefined: nobody can shut the server down over HTTP. */
  readonly launchToken: string | undefined;
  readonly onShutdownRequest: () => void;
  phase: ServicePhase;
}

/** Why no job could be taken now; undefined when it could. */
export function describeUnreadiness(service: Service): string | undefined {
  if (service.phase !== "serving") return service.phase;
  if (service.registry.models.length === 0) return "no model is loaded";
  const down = service.registry.models.filter((model) => model.state.kind !== "ready");
  return down.length === 0 ? undefined : down.map((model) => `${model.name}: ${model.state.kind}`).join(", ");
}

/** Throws NOT_READY before the models are there and once the server drains. */
export function assertServing(service: Service): void {
  if (service.phase === "serving") return;
  const why = service.phase === "starting" ? "the models are still loading" : "the server is shutting down";
  throw new WeirError("NOT_READY", why, { retryAfterMs: 1_000 });
}
