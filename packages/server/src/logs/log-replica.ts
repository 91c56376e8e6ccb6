import type { FastifyBaseLogger } from "fastify";
import { describeReplicaEvent, type ReplicaEvent } from "../replica/replica-events.ts";

/** What happened to a replica or a remote server, as one line. */
export function logReplica(log: FastifyBaseLogger, model: string, event: ReplicaEvent): void {
  log[toLevel(event)]({ model, ...toFields(event) }, describeReplicaEvent(event) ?? describeNormal(event));
}

/** What people at a terminal need not be told, and a log still has. */
function describeNormal(event: ReplicaEvent): string {
  switch (event.kind) {
    case "ready":
      return `replica ${event.place} is ready`;
    case "layout":
      return `replicas x threads: ${event.layout.replicas} x ${event.layout.threads}`;
    default:
      return event.kind;
  }
}

function toLevel(event: ReplicaEvent): "info" | "warn" | "error" {
  const { kind } = event;
  // What was named and could not be made.
  if (kind === "precision" && event.choice.runs === "as-is" && event.choice.asked.startsWith("int8"))
    return "warn";
  if (kind === "circuit-open" || kind === "load-failed") return "error";
  // A replica that is well prints nothing: what a native library says there is a warning at least.
  const warnings: readonly ReplicaEvent["kind"][] = [
    "ended",
    "start-failed",
    "device-fallback",
    "precision-forgotten",
    "precision-changed",
    "remote-lost",
    "output",
  ];
  return warnings.includes(kind) ? "warn" : "info";
}

function toFields(event: ReplicaEvent): Record<string, unknown> {
  switch (event.kind) {
    case "ready":
      return { replica: event.place, pid: event.pid, startMs: Math.round(event.startMs) };
    case "precision": {
      const { asked, runs, chosenBy } = event.choice;
      return { asked, runs, chosenBy };
    }
    case "ended":
      return { replica: event.place, cause: event.cause, reason: event.reason, lastLines: event.lastLines };
    case "circuit-open":
      return { lastLines: event.lastLines };
    case "recycled":
      return { replica: event.place, reason: event.reason, fromPid: event.fromPid, pid: event.toPid };
    case "unloaded":
      return { keepAliveMs: event.keepAliveMs };
    case "loaded":
      return { loadMs: Math.round(event.tookMs) };
    case "remote-lost":
      return { url: event.url, cause: event.cause, retryInMs: Math.round(event.retryInMs) };
    case "remote-back":
      return { url: event.url, downMs: Math.round(event.downMs) };
    case "output":
    case "start-failed":
      return { replica: event.place };
    default:
      return {};
  }
}
