import { setTimeout as delay } from "node:timers/promises";
import type { RemoteModel } from "../remote/remote-model.ts";
import type { ChatBackend } from "./chat-backend.ts";
import type { ChatPool } from "./chat-pool.ts";
import type { BackendState } from "./embedding-backend.ts";
import type { ReplicaPool } from "./replica-pool.ts";

/** Where a model computes: in processes of our own, or on another server. */
export type HeldSource<Pool, Remote> =
  | { readonly kind: "replicas"; readonly pool: Pool }
  | { readonly kind: "remote"; readonly remote: Remote };

export type BackendSource = HeldSource<ReplicaPool, RemoteModel>;

/** A chat model on other servers. `url` is where, as operators are shown it. */
export interface RemoteChat extends ChatBackend {
  readonly url: string;
}

export type ChatSource = HeldSource<ChatPool, RemoteChat>;

/** What every backend has, whatever it computes. */
export interface HeldBackend extends AsyncDisposable {
  readonly name: string;
  readonly state: BackendState;
}

/** What serves a model now. Closing it closes that, and what it has replaced. */
export interface BackendHolder<Pool extends HeldBackend, Remote extends HeldBackend> extends AsyncDisposable {
  readonly source: HeldSource<Pool, Remote>;
  readonly backend: Pool | Remote;
  /** Works with what serves now; it is not closed before that is over. */
  use<T>(work: (backend: Pool | Remote) => Promise<T>): Promise<T>;
  /** Lets the one before finish what it has, at most for `drainTimeoutMs`, and closes it. */
  replace(source: HeldSource<Pool, Remote>, drainTimeoutMs: number): void;
}

interface Tenant<Pool, Remote> {
  readonly source: HeldSource<Pool, Remote>;
  readonly backend: Pool | Remote;
  readonly jobs: Set<Promise<unknown>>;
}

export function holdBackend<Pool extends HeldBackend, Remote extends HeldBackend>(
  first: HeldSource<Pool, Remote>,
): BackendHolder<Pool, Remote> {
  let tenant = toTenant(first);
  const closing = new AbortController();
  const leaving = new Set<Promise<void>>();

  async function leave({ jobs, backend }: Tenant<Pool, Remote>, drainTimeoutMs: number): Promise<void> {
    const over = delay(drainTimeoutMs, undefined, { signal: closing.signal, ref: false }).catch(() => {});
    await Promise.race([Promise.allSettled(jobs), over]);
    await backend[Symbol.asyncDispose]();
  }

  return {
    get source() {
      return tenant.source;
    },
    get backend() {
      return tenant.backend;
    },
    async use(work) {
      const { jobs, backend } = tenant;
      const job = work(backend);
      jobs.add(job);
      try {
        return await job;
      } finally {
        jobs.delete(job);
      }
    },
    replace(source, drainTimeoutMs) {
      const left = leave(tenant, drainTimeoutMs);
      tenant = toTenant(source);
      leaving.add(left);
      void left.finally(() => leaving.delete(left));
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all([tenant.backend[Symbol.asyncDispose](), ...leaving]);
    },
  };
}

function toTenant<Pool, Remote>(source: HeldSource<Pool, Remote>): Tenant<Pool, Remote> {
  const backend = source.kind === "replicas" ? source.pool : source.remote;
  return { source, backend, jobs: new Set() };
}
