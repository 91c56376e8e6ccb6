import type { ChildProcess } from "node:child_process";
import { WeirError } from "@weir/protocol";
import { createLastLines } from "./last-lines.ts";

/** By whose doing a replica ended: its own, somebody else's who sent a signal, or ours, as it was of no more use. */
export type ReplicaEndCause = "exit" | "signal" | "unhealthy";

/** How a replica's process ended. */
export interface ReplicaExit {
  readonly cause: ReplicaEndCause;
  /** E.g. "exit code 1" or "signal SIGKILL", or why we ended it. */
  readonly reason: string;
  /** The last lines it printed, oldest first. */
  readonly lastLines: readonly string[];
}

type ReplicaEnd = Omit<ReplicaExit, "lastLines">;

/** Resolves when the process is gone. `describeKill` says why we ended it, where we did. */
export function watchExit(
  child: ChildProcess,
  describeKill: () => string | undefined,
  onOutput: ((line: string) => void) | undefined,
): Promise<ReplicaExit> {
  const output = createLastLines(20, onOutput);
  child.stdout!.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr!.on("data", (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve) => {
    let end: ReplicaEnd | undefined;
    const finish = (): void => resolve({ ...end!, lastLines: output.lines() });
    child.once("error", (error) => {
      end ??= { cause: "unhealthy", reason: error.message };
      finish();
    });
    child.once("exit", (code, signal) => {
      end ??= toReplicaEnd(code, signal, describeKill());
      // Its last words may still be in the pipe; "close" follows when they are read. A grandchild that inherited the
      // pipe could hold it open, so the wait is short.
      setTimeout(finish, 100).unref();
    });
    child.once("close", finish);
  });
}

function toReplicaEnd(
  code: number | null,
  signal: NodeJS.Signals | null,
  killedFor: string | undefined,
): ReplicaEnd {
  if (signal === null) return { cause: "exit", reason: `exit code ${code}` };
  return killedFor === undefined
    ? { cause: "signal", reason: `signal ${signal}` }
    : { cause: "unhealthy", reason: killedFor };
}

export function toStartFailure(exit: ReplicaExit): WeirError {
  const words =
    exit.lastLines.length === 0 ? "it printed nothing" : `it printed:\n${exit.lastLines.join("\n")}`;
  return new WeirError(
    "REPLICA_START_FAILED",
    `the model's process ended before it was ready (${exit.reason}); ${words}`,
  );
}
