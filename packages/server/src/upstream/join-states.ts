import type { BackendState } from "../models/embedding-backend.ts";

type Down = Extract<BackendState, { readonly kind: "unreachable" }>;

/** The state of a model whose servers are in these: it takes jobs where one of them does. */
export function joinStates(states: readonly BackendState[]): BackendState {
  const restarts = states.reduce((sum, state) => sum + ("restarts" in state ? state.restarts : 0), 0);
  if (states.some(({ kind }) => kind === "ready")) return { kind: "ready", pid: undefined, restarts };
  const down = states.filter((state): state is Down => state.kind === "unreachable");
  if (down.length === 0) return { kind: "stopped" };
  const soonest = down.reduce((first, state) => (state.retryAfterMs < first.retryAfterMs ? state : first));
  return { ...soonest, restarts, circuitOpen: down.every(({ circuitOpen }) => circuitOpen) };
}
