import { quantizeSteps } from "@weir/engine";
import type { PrecisionEvent } from "../precision/choose-precision.ts";
import { describePrecision, describeRun } from "../precision/precision-choice.ts";
import type { PoolLayout } from "./pool-layout.ts";
import type { RecycleReason } from "./recycle-policy.ts";
import type { ReplicaEndCause } from "./replica-exit.ts";
import type { ReplicaInfo } from "./replica-kind.ts";

/** What happens to the replicas of a model, or to the server behind it. `place` is the replica's, from 0, and outlives its process. */
export type ReplicaEvent =
  | PrecisionEvent
  | { readonly kind: "layout"; readonly layout: PoolLayout }
  | {
      readonly kind: "ready";
      readonly place: number;
      readonly pid: number;
      readonly startMs: number;
      readonly info: ReplicaInfo;
    }
  | { readonly kind: "output"; readonly place: number; readonly line: string }
  | {
      readonly kind: "ended";
      readonly place: number;
      readonly cause: ReplicaEndCause;
      /** The cause in words, e.g. "exit code 1". */
      readonly reason: string;
      readonly lastLines: readonly string[];
      readonly restartInMs: number;
    }
  | {
      readonly kind: "start-failed";
      readonly place: number;
      readonly error: unknown;
      readonly restartInMs: number;
    }
  | {
      readonly kind: "recycled";
      readonly place: number;
      readonly reason: RecycleReason;
      readonly fromPid: number;
      readonly toPid: number;
    }
  | {
      readonly kind: "circuit-open";
      readonly forMs: number;
      readonly lastLines: readonly string[];
      readonly madeWeights?: boolean;
    }
  | { readonly kind: "device-fallback"; readonly device: string; readonly reason: string }
  | { readonly kind: "swapped"; readonly path: string }
  /** The model's processes are ended, since nobody asked for it for so long (0: at once, as a client said). */
  | { readonly kind: "unloaded"; readonly keepAliveMs: number }
  /** A model that was asleep serves again. */
  | { readonly kind: "loaded"; readonly tookMs: number }
  | { readonly kind: "load-failed"; readonly error: unknown; readonly madeWeights?: boolean }
  /** A remote server takes no jobs. `cause` is half a sentence. */
  | {
      readonly kind: "remote-lost";
      readonly url: string;
      readonly cause: string;
      readonly retryInMs: number;
    }
  | { readonly kind: "remote-back"; readonly url: string; readonly downMs: number };

/** One line for people; undefined for what need not be told. */
export function describeReplicaEvent(event: ReplicaEvent): string | undefined {
  switch (event.kind) {
    case "precision":
      return describePrecision(event.choice);
    case "quantizing": {
      const { step, done, total } = event.progress;
      return `making ${event.precision} weights: ${quantizeSteps[step]}, ${Math.floor((100 * done) / total)} %`;
    }
    case "quantized": {
      const again = event.damage === undefined ? "" : ` (what was there could not be used: ${event.damage})`;
      return `made ${event.precision} weights in ${(event.tookMs / 1_000).toFixed(1)} s: ${event.path}${again}`;
    }
    case "measuring-precision":
      return `measuring ${event.precision} against fp32: speed, cosines and nearest neighbours`;
    case "precision-forgotten":
      return (
        `what was measured of precisions cannot be read (${event.file}: ${event.damage}) and is measured again; ` +
        "it may choose other weights than before. Name a precision to choose for good"
      );
    case "precision-changed":
      return (
        `the last choice was ${describeRun(event.from)}, this one is ${describeRun(event.to)}: ` +
        "vectors that were stored before do not mix with those of now. " +
        `--precision ${event.from === "as-is" ? "fp32" : event.from} has those of before`
      );
    case "layout":
      return event.layout.chosenBy === "given" ? undefined : describeLayout(event.layout);
    case "ready":
      return undefined;
    case "output":
      return event.line;
    case "ended":
      return `replica ${event.place} ended (${event.reason}); starting it again in ${event.restartInMs} ms`;
    case "start-failed": {
      const why = describeError(event.error);
      return `replica ${event.place} could not be started: ${why}; next try in ${event.restartInMs} ms`;
    }
    case "recycled":
      return `replica ${event.place} was replaced by a new process (${event.reason})`;
    case "circuit-open":
      return `it was lost too often; the next try is in ${event.forMs} ms${adviseOn(event)}`;
    case "device-fallback":
      return `warning: it runs on ${event.device}: ${event.reason}`;
    case "swapped":
      return `now serves ${event.path}`;
    case "unloaded":
      return `unloaded ${describeKept(event.keepAliveMs)}; the next request loads it again`;
    case "loaded":
      return `loaded again after ${Math.round(event.tookMs)} ms`;
    case "load-failed":
      return `could not be loaded again: ${describeError(event.error)}; the next request tries again${adviseOn(event)}`;
    case "remote-lost":
      return `${event.url} is not there: it ${event.cause}; next try in ${Math.round(event.retryInMs)} ms`;
    case "remote-back":
      return `${event.url} is back after ${(event.downMs / 1_000).toFixed(1)} s`;
  }
}

/** Weights that were made are held against their hashes when the server starts, and only then. */
function adviseOn({ madeWeights = false }: { readonly madeWeights?: boolean }): string {
  if (!madeWeights) return "";
  return ". Its weights were made by --precision: where they are damaged, restart weir serve, which makes them again";
}

function describeKept(keepAliveMs: number): string {
  return keepAliveMs === 0
    ? "as soon as nobody used it"
    : `after ${Math.round(keepAliveMs / 100) / 10} s without a request`;
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describeLayout({ replicas, threads, chosenBy, measured }: PoolLayout): string {
  const tried = measured.map(
    (point) => `${point.replicas} x ${point.threads}: ${Math.round(point.jobsPerSecond * 10) / 10} jobs/s`,
  );
  const how = chosenBy === "measured" ? "measured now" : "measured earlier on this machine";
  return `replicas x threads: ${replicas} x ${threads} (${how}: ${tried.join(", ")})`;
}
