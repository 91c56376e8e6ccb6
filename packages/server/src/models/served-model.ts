import type { RemoteTarget } from "../remote/remote-target.ts";
import type { UpstreamTarget } from "../upstream/upstream-target.ts";
import type { ChatPoolOptions, ChatSwapOptions } from "./chat-pool.ts";
import type { ReplicaPoolOptions } from "./replica-pool.ts";

/**
 * A model that is to be served from processes of our own: its name, `engineModule` and `spec`, and with which weights and how its replicas are laid
 * out, recycled and kept alive where that is not by default.
 */
export type ServedReplicas = Pick<
  ReplicaPoolOptions,
  | "name"
  | "engineModule"
  | "spec"
  | "replicas"
  | "jobsPerReplica"
  | "slotCost"
  | "precision"
  | "minAgreement"
  | "cacheDirectory"
  | "recycle"
  | "circuit"
  | "health"
>;

/** A model that another server computes, behind this one's queue, keys and metrics. */
export interface ServedRemote extends Pick<ReplicaPoolOptions, "name" | "circuit"> {
  readonly remote: RemoteTarget;
}

/** A chat model that is to be served from a process of our own: `chat` says which engine reads it, where it is and how it runs. */
export interface ServedChat extends Pick<ChatPoolOptions, "name" | "recycle" | "circuit" | "health"> {
  readonly chat: ChatSwapOptions;
}

/** A chat model that other servers compute, behind this one's queue, keys and metrics. */
export interface ServedUpstream extends Pick<ChatPoolOptions, "name" | "circuit"> {
  readonly upstream: UpstreamTarget;
}

/** A model that is to be served. */
export type ServedModel = ServedReplicas | ServedRemote | ServedChat | ServedUpstream;
