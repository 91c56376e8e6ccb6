import type { BackendState } from "./embedding-backend.ts";

/** Whether jobs are refused at once rather than let wait. */
export function isHopeless(state: BackendState): boolean {
  if (state.kind === "unreachable") return state.circuitOpen;
  return state.kind === "circuit-open" || state.kind === "stopped";
}
