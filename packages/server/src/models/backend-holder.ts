import { setTimeout as delay } from "node:timers/promises";
import type { RemoteModel } from "../remote/remote-model.ts";
import type { EmbeddingBackend } from "./embedding-backend.ts";
import type { ReplicaPool } from "./replica-pool.ts";

/** Where a model computes: in processes of our own, or on another server. */
export type BackendSource =
  | { readonly kind: "replicas"; readonly pool: ReplicaPool }
  | { readonly kind: "remote"; readonly remote: RemoteModel };

/** What serves a model now. Closing it closes that, and what it has replaced. */
export interface BackendHolder extends AsyncDisposable {
  readonly source: BackendSource;
  readonly backend: EmbeddingBackend;
  /** Works with what serves now; it is not closed before that is over. */
  use<T>(work: (backend: EmbeddingBackend) => Promise<T>): Promise<T>;
  /** Lets the one before finish what it has, at most for `drainTimeoutMs`, and closes it. */
  replace(source: BackendSource, drainTimeoutMs: number): void;
}

interface Tenant {
  readonly source: BackendSource;
  readonly backend: EmbeddingBackend;
  readonly jobs: Set<Promise<unknown>>;
}

export function holdBackend(first: BackendSource): BackendHolder {
  let tenant = toTenant(first);
  const closing = new AbortController();
  const leaving = new Set<Promise<void>>();

  async function leave({ jobs, backend }: Tenant, drainTimeoutMs: number): Promise<void> {
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

function toTenant(source: BackendSource): Tenant {
  const backend = source.kind === "replicas" ? source.pool : source.remote;
  return { source, backend, jobs: new Set() };
}
