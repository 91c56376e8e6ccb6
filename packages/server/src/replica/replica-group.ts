import { WeirError } from "@weir/protocol";
import type { BackendState, ReplicaStatus } from "../models/embedding-backend.ts";
import { CircuitBreaker, defaultCircuit, type CircuitOptions } from "./circuit-breaker.ts";
import type { EmbeddingReplica } from "./embedding-replica.ts";
import { describeLastWords } from "./last-words.ts";
import type { RecycleLimits } from "./recycle-policy.ts";
import type { ReplicaEvent } from "./replica-events.ts";
import { ReplicaPlace, type StartReplica } from "./replica-place.ts";
import type { Replica } from "./replica-kind.ts";
import { assertRoomForReplicas } from "./room-for-replicas.ts";
import { createTurns } from "./turns.ts";

export interface ReplicaGroupOptions<Kind extends Replica> {
  /** Whole number >= 1. */
  readonly replicas: number;
  readonly start: StartReplica<Kind>;
  readonly recycle: Partial<RecycleLimits>;
  readonly circuit: Partial<CircuitOptions>;
  readonly drainTimeoutMs: number;
  readonly onEvent: (event: ReplicaEvent) => void;
  /** The number of replicas that take jobs may be another. */
  readonly onChange: () => void;
}

/** A group that is asleep is none: the pool has such states. No server of others is behind it. */
type GroupState = Exclude<BackendState, { readonly kind: "asleep" | "loading" | "unreachable" }>;

/** The replicas of one model as it is now: all of the same weights and settings. A swap makes another group. */
export interface ReplicaGroup<Kind extends Replica = EmbeddingReplica> extends AsyncDisposable {
  readonly info: Kind["info"];
  readonly state: GroupState;
  readonly statuses: readonly ReplicaStatus[];
  /** Replicas that take jobs now. */
  readonly ready: readonly Kind[];
  /** The one with the least work, other than `except`. Undefined where there is none. */
  pick(except?: Kind): Kind | undefined;
  /** Why there is no replica to take a job. */
  toUnreadyError(name: string): WeirError;
  /** Lets the replicas finish what they have, then ends them. The group must get no new jobs. */
  drain(timeoutMs: number): Promise<void>;
}

/** Rejects when one of the replicas cannot be started; nothing is left running then. */
export async function startReplicaGroup<Kind extends Replica>(
  options: ReplicaGroupOptions<Kind>,
  signal: AbortSignal,
): Promise<ReplicaGroup<Kind>> {
  const stopped = new AbortController();
  const circuit = new CircuitBreaker({ ...defaultCircuit, ...options.circuit });
  const turns = createTurns();
  let lastLines: readonly string[] = [];
  const onEvent = (event: ReplicaEvent): void => {
    if (stopped.signal.aborted) return;
    if (event.kind === "ended" || event.kind === "circuit-open") lastLines = event.lastLines;
    options.onEvent(event);
  };
  const shared = { ...options, circuit, turns, onEvent };
  const places = Array.from(
    { length: options.replicas },
    (_, place) => new ReplicaPlace({ ...shared, place }),
  );

  async function close(): Promise<void> {
    stopped.abort();
    await Promise.all(places.map((place) => place[Symbol.asyncDispose]()));
  }

  let info: Kind["info"];
  try {
    info = (await openInTurn(places, signal)).info;
  } catch (error) {
    await close();
    throw error;
  }
  if (info.deviceFallback !== undefined) {
    onEvent({ kind: "device-fallback", device: info.device, reason: info.deviceFallback });
  }

  function listReady(): Kind[] {
    if (stopped.signal.aborted) return [];
    return places.flatMap(({ replica }) => replica ?? []);
  }

  function describeState(): GroupState {
    if (stopped.signal.aborted) return { kind: "stopped" };
    const restarts = places.reduce((sum, place) => sum + place.restarts, 0);
    const [ready] = listReady();
    if (ready !== undefined) return { kind: "ready", pid: ready.pid, restarts };
    const retryAfterMs = Math.min(...places.map((place) => place.readyInMs));
    return circuit.state(performance.now()).kind === "open"
      ? { kind: "circuit-open", restarts, retryAfterMs, lastLines }
      : { kind: "restarting", restarts, retryAfterMs };
  }

  return {
    info,
    get state() {
      return describeState();
    },
    get statuses() {
      return places.map((place) => place.status);
    },
    get ready() {
      return listReady();
    },
    pick(except) {
      const [best] = listReady()
        .filter((replica) => replica !== except)
        .toSorted(compareLoad);
      return best;
    },
    toUnreadyError: (name) => toUnreadyError(name, describeState()),
    async drain(timeoutMs) {
      await Promise.all(places.map((place) => place.finish(timeoutMs)));
      await close();
    },
    [Symbol.asyncDispose]: close,
  };
}

/** So many start beside each other; of more the first one tells how much memory each takes. */
const startedAtOnce = 4;

async function openInTurn<Kind extends Replica>(
  places: readonly ReplicaPlace<Kind>[],
  signal: AbortSignal,
): Promise<Kind> {
  const parts = chunk(places.length > startedAtOnce ? places.slice(1) : places, startedAtOnce);
  const first = places.length > startedAtOnce ? await places[0]!.open(signal) : undefined;
  if (first !== undefined) assertRoomForReplicas(places.length - 1, first.idleRssBytes);
  const opened: Kind[] = [];
  for (const part of parts) opened.push(...(await Promise.all(part.map((place) => place.open(signal)))));
  return first ?? opened[0]!;
}

function chunk<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Least work first; among idle ones the one that has done least, so that all of them are used. */
function compareLoad(a: Replica, b: Replica): number {
  return a.costUnderWay - b.costUnderWay || a.jobsUnderWay - b.jobsUnderWay || a.jobsDone - b.jobsDone;
}

function toUnreadyError(name: string, state: GroupState): WeirError {
  switch (state.kind) {
    case "circuit-open": {
      const words = describeLastWords(state.lastLines);
      return new WeirError(
        "REPLICA_START_FAILED",
        `the processes of model ${name} ended again and again, the next try is soon` +
          (words === undefined ? "" : `; the last one said: ${words}`),
        { retryAfterMs: state.retryAfterMs },
      );
    }
    case "ready":
    case "restarting":
      return new WeirError("NOT_READY", `the process of model ${name} ended and is being started again`, {
        retryAfterMs: state.kind === "restarting" ? state.retryAfterMs : 100,
      });
    case "stopped":
      return new WeirError("NOT_READY", `model ${name} was stopped`, { retryAfterMs: 1_000 });
  }
}
