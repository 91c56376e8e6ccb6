import type { EmbeddingModelInfo } from "@weir/engine";
import type { ModelRequest } from "@weir/protocol";
import type { JobAccount, Replica, ReplicaKind, ReplicaOptions } from "./replica-kind.ts";
import { startReplicaProcess } from "./replica-process.ts";
import {
  createReplicaJobs,
  type ReplicaEmbeddings,
  type ReplicaJobOptions,
  type ReplicaJobs,
} from "./replica-jobs.ts";
import { warmUpReplica } from "./warm-up.ts";

/** A process with an embedding model. */
export interface EmbeddingReplica extends Replica<EmbeddingModelInfo> {
  /**
   * Rejects with REPLICA_LOST as soon as the process is gone, with CANCELLED once the signal fired and the engine has
   * nothing of the job any more (what was not yet handed to it is not computed), or with what the engine threw.
   */
  embed(
    request: ModelRequest,
    signal: AbortSignal,
    options?: ReplicaJobOptions & JobAccount,
  ): Promise<ReplicaEmbeddings>;
}

const embeddingKind: ReplicaKind<EmbeddingModelInfo, ReplicaJobs> = {
  entry: new URL("./child-main", import.meta.url),
  createJobs: createReplicaJobs,
  warmUp: warmUpReplica,
  toModelBytes: ({ weightBytes }) => weightBytes,
  stopTimeoutMs: 2_000,
};

/** Starts a process and waits until it has loaded the model and computed once. Nothing is left running when this rejects. */
export async function startReplica(options: ReplicaOptions, signal: AbortSignal): Promise<EmbeddingReplica> {
  const replica = await startReplicaProcess(embeddingKind, options, signal);
  return Object.assign(replica, {
    embed: (
      request: ModelRequest,
      jobSignal: AbortSignal,
      { cost, counted, ...jobOptions }: ReplicaJobOptions & JobAccount = {},
    ) =>
      replica.run((jobs) => jobs.embed(request, replica.info, jobSignal, jobOptions), {
        ...(cost === undefined ? {} : { cost }),
        ...(counted === undefined ? {} : { counted }),
      }),
  });
}
