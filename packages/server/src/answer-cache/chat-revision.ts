import { stat } from "node:fs/promises";
import type { ChatPool } from "../models/chat-pool.ts";

type RevisedPool = Pick<ChatPool, "engineModule" | "spec" | "info" | "loads"> & {
  readonly state: { readonly kind: string };
};

interface Known {
  readonly spec: RevisedPool["spec"];
  readonly loads: number;
  readonly revision: Promise<string | undefined>;
  isSettled: boolean;
}

/**
 * What a chat model's answers depend on beside the request, for as long as this process lives. Its files are looked at (names,
 * sizes, times) whenever a process has loaded them, and each time while none has. `findPool` says what serves now, undefined
 * where that is another server: what that has may change without our hearing of it. Undefined, too, where a file is not there.
 */
export function watchChatRevision(
  findPool: () => RevisedPool | undefined,
): () => Promise<string | undefined> {
  let known: Known | undefined;
  return () => {
    const pool = findPool();
    if (pool === undefined) return Promise.resolve(undefined);
    const { spec, loads, state } = pool;
    const isStale = known?.spec !== spec || known.loads !== loads;
    if (known === undefined || isStale || (state.kind === "asleep" && known.isSettled)) {
      const looked: Known = { spec, loads, revision: describe(pool), isSettled: false };
      known = looked;
      void looked.revision.finally(() => (looked.isSettled = true));
    }
    return known.revision;
  };
}

async function describe({ engineModule, spec, info }: RevisedPool): Promise<string | undefined> {
  // An engine without weights reads no file.
  const { path, chatTemplate } = spec;
  const files = info.weightBytes === 0 ? [] : [path, ...(chatTemplate === undefined ? [] : [chatTemplate])];
  try {
    const times = await Promise.all(files.map((file) => describeFile(file, file !== path)));
    return JSON.stringify([engineModule, spec, info, times]);
  } catch {
    return undefined;
  }
}

/** A template may be a family's name instead of a file. */
async function describeFile(path: string, mayBeName: boolean): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    if (mayBeName) return "";
    throw error;
  }
}
