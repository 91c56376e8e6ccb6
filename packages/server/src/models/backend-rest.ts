import { WeirError } from "@weir/protocol";
import type { BackendHolder, HeldBackend } from "./backend-holder.ts";
import type { GroupKeeper } from "./group-keeper.ts";
import { KeepAlive } from "./keep-alive.ts";

export interface BackendRestOptions {
  /** How long a model stays loaded after its last use where nobody says otherwise, in milliseconds; Infinity for ever. */
  readonly defaultMs: number;
  /** Told to those that wait for a model that could not be loaded. */
  readonly onLoadFailed: (error: WeirError) => void;
}

/**
 * When a model goes to sleep and wakes again. Only replicas do: what another server holds is not ours to unload, and stays.
 * The keep-alive setting is the model's and outlives a change of what serves it; while that is another server its time runs
 * on without effect. Disposing ends the timer and lets nothing wake any more.
 */
export interface BackendRest extends Disposable {
  /** How long it stays loaded if nobody asks for it, in milliseconds; Infinity for ever. */
  readonly expiresInMs: number;
  /** The model is not unloaded while the work is under way. What is said of its keep-alive to another server is for that. */
  during<T>(keepAliveMs: number | undefined, work: () => Promise<T>): Promise<T>;
  /** Loads the model where it is asleep. */
  wake(): void;
  /** The same, and waits for it. Rejects with what is told to those that wait. */
  awaken(): Promise<void>;
  /** Unloads the model as soon as nobody uses it. Resolves when it is unloaded; at once where it is in use. */
  unload(): Promise<void>;
}

type Sleeper = HeldBackend & Pick<GroupKeeper<never>, "sleep" | "wake">;

export function restBackend<Pool extends Sleeper, Remote extends HeldBackend>(
  holder: BackendHolder<Pool, Remote>,
  options: BackendRestOptions,
): BackendRest {
  const { defaultMs, onLoadFailed } = options;
  const keepAlive = new KeepAlive({ defaultMs, onDue: () => void sleep() });
  let isClosed = false;

  async function sleep(): Promise<void> {
    const { source } = holder;
    if (source.kind === "remote") {
      keepAlive.takeDue();
      return;
    }
    // What came meanwhile is asked for at the moment when the pool could begin: nobody is unloaded from under a job.
    await source.pool.sleep(() => (holder.source === source ? keepAlive.takeDue() : undefined));
  }

  function during<T>(keepAliveMs: number | undefined, work: () => Promise<T>): Promise<T> {
    return keepAlive.during(holder.source.kind === "remote" ? undefined : keepAliveMs, work);
  }

  return {
    get expiresInMs() {
      return holder.source.kind === "remote" ? Number.POSITIVE_INFINITY : keepAlive.leftMs;
    },
    during,
    wake() {
      const { source, backend } = holder;
      if (source.kind === "remote" || backend.state.kind !== "asleep" || isClosed) return;
      const waking = keepAlive.during(undefined, () => source.pool.wake());
      waking.catch((error: unknown) => {
        // Those that waited for a pool that another backend has followed are served by that.
        if (holder.source === source) onLoadFailed(toLoadError(backend.name, error));
      });
    },
    async awaken() {
      const { source, backend } = holder;
      const { kind } = backend.state;
      if (source.kind === "remote" || (kind !== "asleep" && kind !== "loading") || isClosed) return;
      await during(undefined, () => source.pool.wake()).catch((error: unknown) => {
        throw toLoadError(backend.name, error);
      });
    },
    async unload() {
      if (holder.source.kind === "remote") return;
      await during(0, async () => {});
      // It was begun just now where nobody uses the model; this one has nothing to do but to wait for it.
      await sleep();
    },
    [Symbol.dispose]() {
      isClosed = true;
      keepAlive[Symbol.dispose]();
    },
  };
}

/** A model that could not be loaded is a failure of the server's, whatever kept it from that: the client did nothing wrong. */
function toLoadError(name: string, error: unknown): WeirError {
  if (error instanceof WeirError && error.code === "NOT_READY") return error;
  const why = error instanceof Error ? error.message : String(error);
  const message = `model ${name} was asleep and could not be loaded again: ${why}. The next request tries again.`;
  return new WeirError("REPLICA_START_FAILED", message, { retryAfterMs: 1_000, cause: error });
}
