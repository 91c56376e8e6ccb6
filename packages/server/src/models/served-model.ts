import type { ReplicaPoolOptions } from "./replica-pool.ts";

/**
 * A model that is to be served: its name, `engineModule` and `spec`, and how its replicas are laid out, recycled and kept
 * alive where that is not by default.
 */
export type ServedModel = Pick<
  ReplicaPoolOptions,
  | "name"
  | "engineModule"
  | "spec"
  | "replicas"
  | "jobsPerReplica"
  | "cacheDirectory"
  | "recycle"
  | "circuit"
  | "health"
>;
