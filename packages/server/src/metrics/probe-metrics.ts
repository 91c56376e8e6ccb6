import { Counter, Gauge, type Registry } from "prom-client";
import type { RequestEnd } from "../observing/request-end.ts";

/** Counts the answers to probes. Each route has its own row: a server that lives but is not ready fails only one. */
export function createProbeMetrics(registry: Registry): (end: RequestEnd) => void {
  const registers = [registry];
  const probes = new Counter({
    name: "weir_probes_total",
    help: "Health probes by answer.",
    labelNames: ["route", "status"],
    registers,
  });
  const failedInARow = new Gauge({
    name: "weir_probes_failed_in_a_row",
    help: "How many of the latest probes of this route in a row were answered with 5xx.",
    labelNames: ["route"],
    registers,
  });
  return ({ route, status }) => {
    probes.inc({ route, status });
    // 4xx is the prober's own mistake, e.g. a model that was never here.
    if (status < 500) failedInARow.set({ route }, 0);
    else failedInARow.inc({ route });
  };
}
