import { Counter, type Registry } from "prom-client";
import type { ReplicaEvent } from "../replica/replica-events.ts";

const restartReasons = [
  "exit",
  "signal",
  "unhealthy",
  "start-failed",
  "recycled-jobs",
  "recycled-memory",
  "recycled-age",
] as const;

type RestartReason = (typeof restartReasons)[number];

/** Counts what happens to replicas. */
export function createReplicaMetrics(registry: Registry): (model: string, event: ReplicaEvent) => void {
  const registers = [registry];
  const restarts = new Counter({
    name: "weir_replica_restarts_total",
    help: "Replicas that were replaced or ended. reason: exit (by itself), signal (killed from outside), unhealthy (ended for not answering or for closing its link), start-failed, recycled-jobs, recycled-memory, recycled-age.",
    labelNames: ["model", "reason"],
    registers,
  });
  const circuits = new Counter({
    name: "weir_circuit_opened_total",
    help: "Times that a model's replicas ended, or its remote server was lost, too often to be tried again at once.",
    labelNames: ["model"],
    registers,
  });
  const swaps = new Counter({
    name: "weir_model_swaps_total",
    help: "Times that a model was replaced by another under its name.",
    labelNames: ["model"],
    registers,
  });
  const losses = new Counter({
    name: "weir_remote_losses_total",
    help: "Times that the server behind a remote model stopped taking jobs.",
    labelNames: ["model"],
    registers,
  });
  const seen = new Set<string>();
  return (model, event) => {
    if (!seen.has(model)) {
      seen.add(model);
      // A counter that appears with its first event has, to Prometheus, not increased.
      for (const reason of restartReasons) restarts.inc({ model, reason }, 0);
      circuits.inc({ model }, 0);
      swaps.inc({ model }, 0);
      losses.inc({ model }, 0);
    }
    if (event.kind === "circuit-open") circuits.inc({ model });
    else if (event.kind === "swapped") swaps.inc({ model });
    else if (event.kind === "remote-lost") losses.inc({ model });
    const reason = toRestartReason(event);
    if (reason !== undefined) restarts.inc({ model, reason });
  };
}

/** Undefined where the event is no restart. */
function toRestartReason(event: ReplicaEvent): RestartReason | undefined {
  switch (event.kind) {
    case "ended":
      return event.cause;
    case "start-failed":
      return "start-failed";
    case "recycled":
      return `recycled-${event.reason}`;
    default:
      return undefined;
  }
}
