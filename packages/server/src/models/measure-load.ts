import type { BackendState } from "./embedding-backend.ts";

/** What serves a model now, and where. */
interface Holder {
  readonly backend: { readonly state: BackendState };
  readonly source: { readonly kind: "replicas" | "remote" };
}

/** Until when a job that begins now waits for the model's load: 0 where it is loaded, or another server computes the job. */
export function measureLoad(holder: Holder): () => number {
  const { kind } = holder.backend.state;
  if (kind !== "asleep" && kind !== "loading") return () => 0;
  const fromMs = performance.now();
  return () => (holder.source.kind === "remote" ? 0 : performance.now() - fromMs);
}
