import { WeirError } from "@weir/protocol";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import type { ReplicaGroup } from "../replica/replica-group.ts";
import type { Replica } from "../replica/replica-kind.ts";
import { createTurns } from "../replica/turns.ts";
import type { BackendState } from "./embedding-backend.ts";

export interface GroupKeeperOptions<Kind extends Replica> {
  /** The model's, as messages show it. */
  readonly name: string;
  /** Starts the replicas of the model as it is to be now. */
  readonly start: (signal: AbortSignal) => Promise<ReplicaGroup<Kind>>;
  /** Time that replicas have for their jobs when others take their place, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** Jobs that a group takes at once now. */
  readonly countSlots: (group: ReplicaGroup<Kind>) => number;
  readonly onEvent: (event: ReplicaEvent) => void;
  /** Called whenever `slots` is another number than before. */
  readonly onSlotsChange: (slots: number) => void;
  /** Another group serves. */
  readonly onUse: (group: ReplicaGroup<Kind>) => void;
}

/** Which group of replicas serves a model: none while it is asleep, another one after a swap. Closing it ends them all. */
export interface GroupKeeper<Kind extends Replica> extends AsyncDisposable {
  /** Undefined while it is asleep. */
  readonly current: ReplicaGroup<Kind> | undefined;
  readonly state: BackendState;
  readonly slots: number;
  /** Fires when it is closed. */
  readonly stopped: AbortSignal;
  /** The slots may be another number. */
  readonly noteSlots: () => void;
  /** Sends new jobs to a group from now on. What was there is the caller's to retire. */
  use(group: ReplicaGroup<Kind>): void;
  /** Lets a group finish what it has, then ends it. */
  retire(group: ReplicaGroup<Kind>): Promise<void>;
  /** One change at a time, in the order they were asked for. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Ends the replicas and keeps what it takes to start them again. `begin` is asked when nothing else is under way, and
   * says no with undefined, else how long nobody had asked for the model; from then on jobs are refused until
   * {@link wake}. A model that has no replica ready stays as it is unless that is 0. Resolves when the processes are gone.
   */
  sleep(begin: () => number | undefined): Promise<void>;
  /** Starts the replicas of a model that is asleep, once however many ask. Rejects with why; it is asleep still then. */
  wake(): Promise<void>;
  /** Why there is no group to take a job. */
  toAsleepError(): WeirError;
}

export function keepGroup<Kind extends Replica>(options: GroupKeeperOptions<Kind>): GroupKeeper<Kind> {
  const { name, drainTimeoutMs, onEvent } = options;
  const stopped = new AbortController();
  const draining = new Map<ReplicaGroup<Kind>, Promise<void>>();
  const turns = createTurns();
  let current: ReplicaGroup<Kind> | undefined;
  let waking: Promise<void> | undefined;
  let failure: string | undefined;
  /** As somebody was told last. */
  let slots = 0;

  function countSlots(): number {
    slots = stopped.signal.aborted || current === undefined ? 0 : options.countSlots(current);
    return slots;
  }

  function noteSlots(): void {
    const before = slots;
    if (countSlots() !== before) options.onSlotsChange(slots);
  }

  function use(group: ReplicaGroup<Kind>): void {
    current = group;
    failure = undefined;
    options.onUse(group);
    noteSlots();
  }

  function retire(group: ReplicaGroup<Kind>): Promise<void> {
    const drained = group.drain(drainTimeoutMs).finally(() => draining.delete(group));
    draining.set(group, drained);
    return drained;
  }

  async function sleep(begin: () => number | undefined): Promise<void> {
    const old = current;
    const keepAliveMs = begin();
    if (old === undefined || keepAliveMs === undefined || stopped.signal.aborted) return;
    // In trouble it is to be seen and mended, unless somebody wants it gone.
    if (keepAliveMs > 0 && old.state.kind !== "ready") return;
    current = undefined;
    noteSlots();
    onEvent({ kind: "unloaded", keepAliveMs });
    await retire(old);
  }

  async function load(): Promise<void> {
    // A swap may have been quicker.
    if (current !== undefined) return;
    const fromMs = performance.now();
    try {
      stopped.signal.throwIfAborted();
      use(await options.start(stopped.signal));
    } catch (error) {
      if (stopped.signal.aborted) throw toStoppedError(name);
      failure = error instanceof Error ? error.message : String(error);
      onEvent({ kind: "load-failed", error });
      throw error;
    }
    onEvent({ kind: "loaded", tookMs: performance.now() - fromMs });
  }

  function describeState(): BackendState {
    if (current !== undefined) return current.state;
    if (stopped.signal.aborted) return { kind: "stopped" };
    return waking === undefined ? { kind: "asleep", failure } : { kind: "loading" };
  }

  return {
    get current() {
      return current;
    },
    get state() {
      return describeState();
    },
    get slots() {
      // A link that closed is known before the end of its process is.
      return countSlots();
    },
    stopped: stopped.signal,
    noteSlots,
    use,
    retire,
    inTurn: (work) => turns.run(work),
    sleep: (begin) => turns.run(() => sleep(begin)),
    wake() {
      waking ??= turns.run(load).finally(() => (waking = undefined));
      return waking;
    },
    toAsleepError() {
      if (stopped.signal.aborted) return toStoppedError(name);
      return new WeirError("NOT_READY", `model ${name} is asleep; wake it first`, { retryAfterMs: 1_000 });
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await turns.run(async () => {});
      const groups = [...(current === undefined ? [] : [current]), ...draining.keys()];
      await Promise.all(groups.map((group) => group[Symbol.asyncDispose]()));
      noteSlots();
      await Promise.all(draining.values());
    },
  };
}

function toStoppedError(name: string): WeirError {
  return new WeirError("NOT_READY", `model ${name} was stopped`, { retryAfterMs: 1_000 });
}
