import { spawn } from "node:child_process";
import type { QuantizeProgress } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { fromErrorMeta, type ErrorMeta } from "../link/link-messages.ts";
import { resolveNodeEntry } from "../platform/node-entry.ts";
import { createReplicaEnvironment } from "../platform/replica-environment.ts";
import { watchExit } from "../replica/replica-exit.ts";
import type { QuantizedPlace, QuantizedRequest } from "./quantized-store.ts";

/** What the process that makes weights says. */
export type FromQuantizer =
  | { readonly kind: "progress"; readonly progress: QuantizeProgress }
  | { readonly kind: "done"; readonly place: QuantizedPlace }
  | { readonly kind: "failed"; readonly error: ErrorMeta };

export interface MakeOptions {
  /** After so long it is given up, in milliseconds. */
  readonly timeoutMs: number;
  readonly onProgress: (progress: QuantizeProgress) => void;
}

/**
 * Finds or makes a model's weights in another precision, in a child process. Rejects with MODEL_INVALID where the model has
 * none, USAGE where they cannot be kept, REPLICA_START_FAILED where the process ended or took too long, or with the
 * signal's reason; nothing is left running then.
 */
export async function makeQuantized(
  request: QuantizedRequest,
  { timeoutMs, onProgress }: MakeOptions,
  signal: AbortSignal,
): Promise<QuantizedPlace> {
  signal.throwIfAborted();
  const entry = resolveNodeEntry(new URL("./quantize-main", import.meta.url));
  const child = spawn(process.execPath, [...entry.execArgv, entry.file, JSON.stringify(request)], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: createReplicaEnvironment(process.env),
    windowsHide: true,
  });
  let outcome: Exclude<FromQuantizer, { kind: "progress" }> | undefined;
  child.on("message", (message: FromQuantizer) => {
    if (message.kind === "progress") onProgress(message.progress);
    else outcome = message;
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const onAbort = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const { reason, lastLines } = await watchExit(child, () => undefined, undefined);
    signal.throwIfAborted();
    if (outcome?.kind === "done") return outcome.place;
    if (outcome?.kind === "failed") throw fromErrorMeta(outcome.error);
    const seconds = Math.round(timeoutMs / 1_000);
    const words = lastLines.length === 0 ? "" : ` and printed: ${lastLines.join(" / ")}`;
    const what = isLate ? `took longer than ${seconds} s` : `ended (${reason})${words}`;
    const message = `the process that makes ${request.precision} weights ${what}`;
    throw new WeirError("REPLICA_START_FAILED", message);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
