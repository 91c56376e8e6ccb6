import type { ReplicaPool } from "../models/replica-pool.ts";
import { toCanonicalJson } from "./cache-key.ts";
import { describeFileTimes } from "../replica/model-files.ts";
import { hashModel, type RevisedModel } from "./model-revision.ts";

/** A model as it is now; another object whenever it may have become another model. */
export interface Revision {
  readonly hash: string;
  readonly spec: RevisedModel["spec"];
  readonly info: RevisedModel["info"];
}

/** The revision of a model that may be swapped, and whose files may be replaced under it. */
export interface RevisionWatch {
  /** Undefined where no model computes here, or its files cannot be read: nothing can be said of its vectors then. */
  current(): Promise<Revision | undefined>;
  /** Whether the model is still the one of that revision. */
  isCurrent(revision: Revision): Promise<boolean>;
}

/** What is looked at: the files again whenever a process has loaded them, and each time while none has them loaded. */
export interface WatchedModel extends Pick<ReplicaPool, "engineModule" | "spec" | "info" | "loads"> {
  readonly state: { readonly kind: string };
}

interface Known {
  readonly spec: WatchedModel["spec"];
  readonly loads: number;
  readonly revision: Promise<Revision | undefined>;
  isSettled: boolean;
}

/**
 * `findModel` says what serves now, undefined where that is another server. Without `byContent` files are told apart by their
 * names, sizes and times alone: enough for vectors that end with this process.
 */
export function watchRevision(
  findModel: () => WatchedModel | undefined,
  version: string,
  onProblem: (error: unknown) => void,
  { byContent = true }: { readonly byContent?: boolean } = {},
): RevisionWatch {
  let known: Known | undefined;
  let latest: { readonly revision: Revision; readonly times: string } | undefined;
  let troubled: WatchedModel["spec"] | undefined;

  async function find({ engineModule, spec, info }: WatchedModel): Promise<Revision | undefined> {
    try {
      const times = info.weightBytes === 0 ? "" : await describeFileTimes(spec.path);
      // The same files, loaded once more, with the same found in them.
      if (latest?.revision.spec === spec && latest.times === times && isAlike(latest.revision.info, info)) {
        troubled = undefined;
        return latest.revision;
      }
      const hash = await hashModel({ engineModule, spec, info, version }, byContent ? undefined : times);
      const revision = { hash, spec, info };
      latest = { revision, times };
      troubled = undefined;
      return revision;
    } catch (error) {
      // Once, however often it is looked at.
      if (troubled !== spec) onProblem(error);
      troubled = spec;
      return undefined;
    }
  }

  async function current(): Promise<Revision | undefined> {
    const model = findModel();
    if (model === undefined) return undefined;
    const { spec, loads, state } = model;
    const isStale = known?.spec !== spec || known.loads !== loads;
    // The next job may find other files there, and nothing says so before.
    if (known === undefined || isStale || (state.kind === "asleep" && known.isSettled)) {
      const looked: Known = { spec, loads, revision: find(model), isSettled: false };
      known = looked;
      void looked.revision.finally(() => (looked.isSettled = true));
    }
    return known.revision;
  }

  return {
    current,
    isCurrent: async (revision) => (await current()) === revision && findModel()?.spec === revision.spec,
  };
}

function isAlike(a: Revision["info"], b: Revision["info"]): boolean {
  return a === b || toCanonicalJson(a) === toCanonicalJson(b);
}
