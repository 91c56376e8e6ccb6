import type { ReplicaPool } from "../models/replica-pool.ts";
import { describeFileTimes, hashModel, type RevisedModel } from "./model-revision.ts";

/** A model as it is now; another object whenever it may have become another model. */
export interface Revision {
  readonly hash: string;
  readonly spec: RevisedModel["spec"];
  readonly info: RevisedModel["info"];
}

/** The revision of a model that may be swapped, and whose files may be replaced under it. */
export interface RevisionWatch {
  /** Undefined where its files cannot be read: nothing can be said of its vectors then. */
  current(): Promise<Revision | undefined>;
  /** Whether the model is still the one of that revision. */
  isCurrent(revision: Revision): boolean;
  /** To be called when a process has loaded the model's files: they may be other ones by now. */
  noteLoaded(): void;
}

type WatchedPool = Pick<ReplicaPool, "engineModule" | "spec" | "info">;

export function watchRevision(
  pool: WatchedPool,
  version: string,
  onProblem: (error: unknown) => void,
): RevisionWatch {
  let known: { readonly spec: WatchedPool["spec"]; revision: Promise<Revision | undefined> } | undefined;
  let latest: Revision | undefined;
  let timesOf: { readonly revision: Revision; readonly times: string } | undefined;

  async function find({ engineModule, spec, info }: WatchedPool): Promise<Revision | undefined> {
    try {
      const times = info.weightBytes === 0 ? "" : await describeFileTimes(spec.path);
      // The same files, loaded by one process more.
      if (timesOf?.revision.spec === spec && timesOf.times === times) return (latest = timesOf.revision);
      const revision = { hash: await hashModel({ engineModule, spec, info, version }), spec, info };
      timesOf = { revision, times };
      latest = revision;
      return revision;
    } catch (error) {
      onProblem(error);
      return undefined;
    }
  }

  return {
    current() {
      const { engineModule, spec, info } = pool;
      if (known?.spec !== spec) known = { spec, revision: find({ engineModule, spec, info }) };
      return known.revision;
    },
    isCurrent: (revision) =>
      latest === revision && known?.spec === revision.spec && pool.spec === revision.spec,
    noteLoaded() {
      known = undefined;
    },
  };
}
