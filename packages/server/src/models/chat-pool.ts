import { setTimeout as delay } from "node:timers/promises";
import type {
  ChatHooks,
  ChatJob,
  ChatMemoryStats,
  ChatModelInfo,
  ChatModelSpec,
  ChatWork,
} from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { CircuitOptions } from "../replica/circuit-breaker.ts";
import { startChatReplica, type ChatReplica } from "../replica/chat-replica.ts";
import type { RecycleLimits } from "../replica/recycle-policy.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { startReplicaGroup, type ReplicaGroup } from "../replica/replica-group.ts";
import type { ReplicaOptions } from "../replica/replica-kind.ts";
import type { ChatBackend, ChatBackendInfo, ChatMemory } from "./chat-backend.ts";
import { keepGroup, type GroupKeeper } from "./group-keeper.ts";
import { isReplicaLost } from "./split-embedding.ts";

export interface ChatPoolOptions extends Omit<ReplicaOptions<ChatModelSpec>, "onOutput" | "onProgress"> {
  /** The name it is served under. */
  readonly name: string;
  /** Time that a replica has for its answers when another takes its place, in milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
  /** @default it is replaced for its memory alone: a new process has to read the hot conversations again */
  readonly recycle?: Partial<RecycleLimits>;
  readonly circuit?: Partial<CircuitOptions>;
  readonly onEvent?: (event: ReplicaEvent) => void;
  readonly onSlotsChange?: (slots: number) => void;
}

/** What a pool can be told to serve instead. */
export type ChatSwapOptions = Pick<ChatPoolOptions, "engineModule" | "spec">;

/** A chat model in a supervised process of its own. */
export interface ChatPool extends ChatBackend, Pick<GroupKeeper<ChatReplica>, "sleep" | "wake"> {
  readonly memory: ChatMemory;
  readonly spec: ChatModelSpec;
  readonly engineModule: string;
  /** How often a process of it has loaded the model: afterwards it may be other files' model. */
  readonly loads: number;
  /** As of the process that there is now. */
  readonly stepMs: number | undefined;
  /** As of a `ReplicaPool`. What the old process remembers is on disk once it has ended. */
  swap(next: ChatSwapOptions, signal: AbortSignal): Promise<void>;
}

/** How long an answer that lost its process before it began waits for the next one to look whether it is there. */
const lookAgainMs = 50;

/** Rejects when the model cannot be started; nothing is left running then. */
export async function startChatPool(options: ChatPoolOptions, signal: AbortSignal): Promise<ChatPool> {
  const { name, drainTimeoutMs = 30_000, circuit = {}, health = {} } = options;
  const { startTimeoutMs, spillDirectory } = options;
  const recycle = { jobs: Number.POSITIVE_INFINITY, ageMs: Number.POSITIVE_INFINITY, ...options.recycle };
  let loads = 0;
  const onEvent = (event: ReplicaEvent): void => {
    if (event.kind === "ready") loads++;
    options.onEvent?.(event);
  };
  let model: ChatSwapOptions = { engineModule: options.engineModule, spec: options.spec };
  let info: ChatModelInfo;
  const keeper = keepGroup<ChatReplica>({
    name,
    start: (startSignal) => startGroup(model, startSignal),
    drainTimeoutMs,
    countSlots: ({ ready, info: { sequences } }) => ready.length * sequences,
    onEvent,
    onSlotsChange: (slots) => options.onSlotsChange?.(slots),
    onUse: (group) => (info = group.info),
  });

  function startGroup(
    { engineModule, spec }: ChatSwapOptions,
    startSignal: AbortSignal,
  ): Promise<ReplicaGroup<ChatReplica>> {
    const replica = { engineModule, spec, startTimeoutMs, spillDirectory, health };
    return startReplicaGroup<ChatReplica>(
      {
        replicas: 1,
        start: (hooks, placeSignal) => startChatReplica({ ...replica, ...hooks }, placeSignal),
        recycle,
        circuit,
        drainTimeoutMs,
        onEvent,
        onChange: keeper.noteSlots,
      },
      startSignal,
    );
  }

  keeper.use(await startGroup(model, signal));

  function pick(): ChatReplica {
    const group = keeper.current;
    if (group === undefined) throw keeper.toAsleepError();
    const replica = group.pick();
    if (replica === undefined) throw group.toUnreadyError(name);
    return replica;
  }

  /** The replica that takes the place of one that is gone. Throws where none is likely to. */
  async function pickNext(lost: ChatReplica, jobSignal: AbortSignal): Promise<ChatReplica> {
    for (;;) {
      const group = keeper.current;
      const next = group?.pick();
      if (next !== undefined && next !== lost) return next;
      if (group === undefined) throw keeper.toAsleepError();
      if (group.state.kind !== "restarting" && group.state.kind !== "ready") throw group.toUnreadyError(name);
      await delay(lookAgainMs, undefined, { signal: jobSignal });
    }
  }

  async function chat(job: ChatJob, hooks: ChatHooks, jobSignal: AbortSignal): Promise<ChatWork> {
    const first = pick();
    let hasBegun = false;
    const watching: ChatHooks = {
      onStart: (start) => {
        // Nobody may be told twice: of a second try, what was known of the first holds.
        if (!hasBegun) hooks.onStart?.(start);
        hasBegun = true;
      },
      onEvents: (events) => {
        hasAnswered = true;
        hooks.onEvents(events);
      },
    };
    let hasAnswered = false;
    try {
      return await first.chat(job, watching, jobSignal);
    } catch (error) {
      if (!isReplicaLost(error)) throw error;
      const lost = toLostError(error);
      if (hasAnswered || jobSignal.aborted) throw lost;
      const second = await pickNext(first, jobSignal).catch(() => undefined);
      if (second === undefined) throw lost;
      return await second.chat(job, watching, jobSignal);
    }
  }

  function toLostError(error: WeirError): WeirError {
    const state = keeper.current?.state;
    const retryAfterMs = state !== undefined && "retryAfterMs" in state ? state.retryAfterMs : 100;
    return new WeirError("REPLICA_LOST", error.message, { cause: error, retryAfterMs });
  }

  async function swap(next: ChatSwapOptions, swapSignal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([swapSignal, keeper.stopped]);
    either.throwIfAborted();
    const group = await startGroup(next, either);
    const old = keeper.current;
    model = next;
    keeper.use(group);
    onEvent({ kind: "swapped", path: next.spec.path });
    if (old !== undefined) void keeper.retire(old);
  }

  const memory: ChatMemory = {
    get stats() {
      return keeper.current?.pick()?.memory ?? createEmptyStats(info);
    },
    listAgents: async (keyId) => pick().listAgents(keyId),
    saveAgent: async (keyId, id) => pick().saveAgent(keyId, id),
    deleteAgent: async (keyId, id) => pick().deleteAgent(keyId, id),
  };

  return {
    name,
    get info() {
      return toBackendInfo(info);
    },
    get state() {
      return keeper.state;
    },
    get slots() {
      return keeper.slots;
    },
    get replicas() {
      return keeper.current?.statuses ?? [];
    },
    get spec() {
      return model.spec;
    },
    get engineModule() {
      return model.engineModule;
    },
    get loads() {
      return loads;
    },
    memory,
    chat,
    get stepMs() {
      return keeper.current?.pick()?.stepMs;
    },
    countTokens: async (request, jobSignal) => pick().countTokens(request, jobSignal),
    swap: (next, swapSignal) => keeper.inTurn(() => swap(next, swapSignal)),
    sleep: (begin) => keeper.sleep(begin),
    wake: () => keeper.wake(),
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  };
}

function toBackendInfo(model: ChatModelInfo): ChatBackendInfo {
  const { device, precision, reference, contextTokens, weightBytes } = model;
  return { device, precision, reference, contextTokens, weightBytes, model };
}

/** What is remembered while no process does. */
function createEmptyStats({ kvCapacityTokens }: ChatModelInfo): ChatMemoryStats {
  return {
    hotAgents: 0,
    warmAgents: 0,
    poolTokens: 0,
    poolCapacityTokens: kvCapacityTokens,
    diskBytes: 0,
    diskCapacityBytes: 0,
    reusedTokens: 0,
    evaluatedTokens: 0,
    saves: 0,
    saveFailures: 0,
    saveSeconds: 0,
    restores: 0,
    restoreFailures: 0,
    restoreSeconds: 0,
    evictions: 0,
    divergences: { early: 0, middle: 0, late: 0 },
  };
}
