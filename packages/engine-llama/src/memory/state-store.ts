import { open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { AgentBook } from "./agent-book.ts";
import { sameTokens } from "./common-prefix.ts";
import type { Conversation } from "./conversation.ts";
import { chooseEvictions } from "./disk-budget.ts";
import { hashFile, writeWhole } from "./durable-file.ts";
import type { MemoryCounters } from "./memory-counters.ts";
import type { SequenceSlot } from "./sequence-slot.ts";
import { encodeStateEntry, type StateEntry } from "./state-entry.ts";
import { findOtherStates } from "./other-states.ts";
import { entryName, folderName, openStateFolder, type ReadEntry } from "./state-folder.ts";
import { createStateIndex } from "./state-index.ts";
import type { StateStore, StoredState } from "./stored-state.ts";

export interface StateStoreOptions {
  /** Absolute path of a folder that several processes may share; of several models only one has its budget for itself. */
  readonly directory: string;
  /** Of everything that a state depends on, in hexadecimal. */
  readonly fingerprint: string;
  /** Most bytes of state files, those included that an earlier model, other settings or another engine left in the folder. */
  readonly diskBytes: number;
  /** How long the disk is left alone after a save failed, in milliseconds. @default 10_000 */
  readonly failurePauseMs?: number;
}

/** How often the folder is looked at for what other processes wrote. */
const refreshEveryMs = 1_000;

/** No key has such an id. */
const unclaimed = "\0prewarm";

/** Whoever saves knows all of an entry but what the file itself says. */
type Description = Omit<StateEntry, "fingerprint" | "stateName" | "stateBytes" | "stateSha256">;

/** Reads what is in the folder. Throws CACHE_UNUSABLE where there can be none. */
export async function openStateStore(
  options: StateStoreOptions,
  book: AgentBook,
  counters: MemoryCounters,
  now: () => number,
): Promise<StateStore> {
  const { fingerprint, diskBytes: capacityBytes, failurePauseMs = 10_000 } = options;
  const folder = await openStateFolder(options.directory, fingerprint);
  const others = await findOtherStates(options.directory, folderName(fingerprint));
  const index = createStateIndex();
  /** Commits and removals, one after another: two saves of one conversation end in their order. */
  let last: Promise<unknown> = Promise.resolve();
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let refreshedAtMs = Number.NEGATIVE_INFINITY;
  let seenVersion = Number.NaN;

  function inOrder<T>(act: () => Promise<T>): Promise<T> {
    const done = last.then(act);
    last = done.catch(() => undefined);
    return done;
  }

  function adopt(name: string, { entry, tokens, entryBytes }: ReadEntry, owner?: Conversation): StoredState {
    const stored: StoredState = { ...entry, name, tokens, bytes: entryBytes + entry.stateBytes, owner };
    index.put(stored);
    if (owner !== undefined) {
      owner.stored = stored;
      if (!owner.hot) owner.tokens = tokens;
    }
    return stored;
  }

  async function adoptFile(name: string): Promise<void> {
    const read = folder.read(name);
    if (read === undefined) {
      // Of another layout, or damaged; of another fingerprint only by accident of its folder's name.
      await folder.remove(name).catch(() => undefined);
      return;
    }
    const { entry } = read;
    if (entry.kind === "prefix") adopt(name, read);
    // What an operator named once is nobody's until it is named again.
    if (entry.kind === "prewarm")
      adopt(name, { ...read, entry: { ...entry, kind: "prefix", keyId: unclaimed } });
    if (entry.kind !== "conversation") return;
    const agent = book.open(entry.keyId, entry.id, entry.named, entry.lastUsedAtMs);
    if (agent.conversations.size === 0 || agent.lastUsedAtMs < entry.lastUsedAtMs) {
      const { turns, reusedTokens, evaluatedTokens, lastUsedAtMs } = entry;
      Object.assign(agent, { turns, reusedTokens, evaluatedTokens, lastUsedAtMs });
    }
    adopt(name, read, book.restore(agent, entry));
  }

  /** What is no longer there is not known any more; the conversation lives on where a sequence holds it. */
  function forget(stored: StoredState): boolean {
    if (!index.delete(stored)) return false;
    const { owner } = stored;
    if (owner?.stored !== stored) return true;
    owner.stored = undefined;
    if (!owner.hot && owner.saving === undefined) book.remove(owner);
    return true;
  }

  /** The entry first: a state without one is swept, an entry without a state would be a lie. */
  async function removeFiles({ name, stateName }: StoredState): Promise<void> {
    await folder.remove(name);
    await folder.remove(stateName);
  }

  async function makeRoom(neededBytes: number, replaced: string): Promise<boolean> {
    if (neededBytes > capacityBytes) return false;
    const kept = [...index.all()].filter(({ name }) => name !== replaced);
    const keptBytes = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    // First what nobody can go on with as things are.
    while (others.bytes > 0 && neededBytes + keptBytes + others.bytes > capacityBytes) {
      if (!(await others.removeOldest(now()))) break;
    }
    for (const stored of chooseEvictions(kept, capacityBytes, neededBytes)) {
      if (stored.owner?.hot === true) stored.owner.refusedTokens = stored.owner.tokens.length;
      if (!forget(stored)) continue;
      counters.evictions++;
      await removeFiles(stored);
    }
    return (
      neededBytes +
        [...index.all()].reduce((sum, { name, bytes }) => sum + (name === replaced ? 0 : bytes), 0) <=
      capacityBytes
    );
  }

  async function write(
    slot: SequenceSlot,
    name: string,
    tokens: Uint32Array,
    described: Description,
    owner: Conversation | undefined,
  ): Promise<{ readonly safe: Promise<boolean> }> {
    const startedAtMs = performance.now();
    const stateName = folder.newName("state");
    const statePath = folder.pathOf(stateName);
    const failed = async (): Promise<boolean> => {
      counters.saveFailures++;
      failedAtMs = performance.now();
      await folder.remove(stateName).catch(() => undefined);
      return false;
    };
    let writtenBytes: number;
    try {
      // Made here, so that nobody else may read it whatever the engine thinks of modes.
      await (await open(statePath, "wx", 0o600)).close();
      writtenBytes = await slot.saveState(statePath);
    } catch {
      return { safe: failed() };
    }
    const commit = async (): Promise<boolean> => {
      const { sha256: stateSha256, bytes: stateBytes } = await hashFile(statePath, true);
      if (stateBytes !== writtenBytes)
        throw new Error(`wrote ${writtenBytes} bytes of state, found ${stateBytes}`);
      const entry: StateEntry = { ...described, fingerprint, stateName, stateBytes, stateSha256 };
      const bytes = encodeStateEntry(entry, tokens);
      if (!(await makeRoom(bytes.length + stateBytes, name))) {
        if (owner !== undefined) owner.refusedTokens = tokens.length;
        await folder.remove(stateName);
        return false;
      }
      await writeWhole(folder.pathOf(name), folder.pathOf(folder.newName("tmp")), bytes);
      const before = index.get(name);
      adopt(name, { entry, tokens, entryBytes: bytes.length }, owner);
      if (before !== undefined) await folder.remove(before.stateName);
      counters.saves++;
      counters.saveSeconds += (performance.now() - startedAtMs) / 1_000;
      return true;
    };
    return { safe: inOrder(commit).catch(failed) };
  }

  async function drop(stored: StoredState): Promise<void> {
    if (forget(stored)) await removeFiles(stored);
  }

  async function isWhole({ stateName, stateBytes, stateSha256 }: StoredState): Promise<boolean> {
    const found = await hashFile(folder.pathOf(stateName), false);
    return found.bytes === stateBytes && found.sha256 === stateSha256;
  }

  async function readAll(): Promise<void> {
    seenVersion = await folder.version();
    const names = await folder.list();
    const present = new Set(names);
    for (const stored of index.all()) if (!present.has(stored.name)) forget(stored);
    const unknown = names.filter((name) => index.get(name) === undefined);
    for (const [at, name] of unknown.entries()) {
      await adoptFile(name);
      if (at % 16 === 15) await setImmediate();
    }
  }

  const store: StateStore = {
    get bytes() {
      return index.bytes;
    },
    capacityBytes,
    get writable() {
      return performance.now() - failedAtMs >= failurePauseMs;
    },
    find: (keyId, tokens) => index.find(keyId, tokens),
    async load(stored, slot) {
      const startedAtMs = performance.now();
      try {
        if (await isWhole(stored)) {
          await slot.loadState(folder.pathOf(stored.stateName));
          if (sameTokens(slot.tokens, stored.tokens)) {
            stored.lastUsedAtMs = now();
            counters.restores++;
            counters.restoreSeconds += (performance.now() - startedAtMs) / 1_000;
            return true;
          }
        }
        counters.restoreFailures++;
      } catch (error) {
        // Another process saved or removed it meanwhile; what it wrote instead is as good.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") counters.restoreFailures++;
      }
      await slot.erase();
      await inOrder(async () => {
        const read = folder.read(stored.name);
        if (read === undefined || read.entry.stateName === stored.stateName) await drop(stored);
        else if (index.get(stored.name) === stored) adopt(stored.name, read, stored.owner);
      }).catch(() => undefined);
      return false;
    },
    save(slot, conversation) {
      const { agent, branch, tokens, promptTokens, prefixTokens, lastUsedAtMs } = conversation;
      const { keyId, id, named, turns, reusedTokens, evaluatedTokens } = agent;
      const counted = { turns, reusedTokens, evaluatedTokens, lastUsedAtMs };
      const described: Description = {
        kind: "conversation",
        keyId,
        id,
        named,
        branch,
        promptTokens,
        prefixTokens,
        ...counted,
      };
      return write(
        slot,
        entryName("conversation", keyId, `${branch}/${id}`),
        tokens,
        described,
        conversation,
      );
    },
    saveShared(slot, { kind, keyId, tokens }) {
      const described: Description = {
        kind,
        keyId,
        id: "",
        named: false,
        branch: 0,
        promptTokens: 0,
        prefixTokens: tokens.length,
        turns: 0,
        reusedTokens: 0,
        evaluatedTokens: 0,
        lastUsedAtMs: now(),
      };
      return write(slot, entryName(kind, keyId, tokens), Uint32Array.from(tokens), described, undefined);
    },
    hasShared({ kind, keyId, tokens }) {
      const stored = index.get(entryName(kind, keyId, tokens));
      if (stored !== undefined && stored.kind !== kind) index.put({ ...stored, kind, keyId });
      return stored !== undefined;
    },
    drop: (what) =>
      inOrder(async () => {
        const stored = "stored" in what ? what.stored : what;
        if (stored !== undefined) await drop(stored);
      }).catch(() => undefined),
    async refresh() {
      if (performance.now() - refreshedAtMs < refreshEveryMs) return;
      refreshedAtMs = performance.now();
      await inOrder(async () => {
        if ((await folder.version()) !== seenVersion) await readAll();
      }).catch(() => undefined);
    },
    async settle() {
      await last;
    },
  };
  await readAll();
  await makeRoom(0, "");
  await folder.sweep(new Set([...index.all()].map(({ stateName }) => stateName))).catch(() => undefined);
  return store;
}
