import { spawn, type ChildProcess } from "node:child_process";
import type { EmbeddingModelInfo, EmbeddingModelSpec } from "@weir/engine";
import { WeirError, type EmbeddingRequest } from "@weir/protocol";
import type { Frame } from "../link/frame.ts";
import { createLinkConnection } from "../link/link-connection.ts";
import {
  fromErrorMeta,
  linkVersion,
  type ErrorMeta,
  type HelloMeta,
  type ReadyMeta,
  type StartMeta,
} from "../link/link-messages.ts";
import { resolveNodeEntry } from "../platform/node-entry.ts";
import { openParentEnd, replicaStdio } from "../platform/replica-pipe.ts";
import { createDeferred } from "./deferred.ts";
import { createLastLines } from "./last-lines.ts";
import { createReplicaJobs, type ReplicaEmbeddings } from "./replica-jobs.ts";

export interface ReplicaOptions {
  /** Address of a module that is an EmbeddingEngineModule, as `import()` takes it. */
  readonly engineModule: string;
  readonly spec: EmbeddingModelSpec;
  /** Time from spawn to ready, in milliseconds. */
  readonly startTimeoutMs: number;
  readonly spillDirectory: string;
  /** A line that the process printed (stdout or stderr), without its line end. */
  readonly onOutput?: (line: string) => void;
}

/** How a replica's process ended. */
interface ReplicaExit {
  /** E.g. "exit code 1" or "signal SIGKILL". */
  readonly reason: string;
  /** The last lines it printed, oldest first. */
  readonly lastLines: readonly string[];
}

/** One child process with one loaded model. */
export interface Replica extends AsyncDisposable {
  readonly pid: number;
  readonly info: EmbeddingModelInfo;
  /** False from the moment its link closed: jobs can only fail. */
  readonly usable: boolean;
  /** Resolves once, when the process is gone. */
  readonly exited: Promise<ReplicaExit>;
  /**
   * Rejects with REPLICA_LOST as soon as the process is gone, with CANCELLED when the signal fires (what was not
   * yet handed to the engine is not computed), or with what the engine threw.
   */
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<ReplicaEmbeddings>;
}

/** How long a replica that closed its link may take to end. */
const partingMs = 500;
/** How long a replica that was told to stop may take before it is killed. */
const stopTimeoutMs = 2_000;

/** Starts a process and waits until it is ready. Nothing is left running when this rejects. */
export async function startReplica(options: ReplicaOptions, signal: AbortSignal): Promise<Replica> {
  signal.throwIfAborted();
  const entry = resolveNodeEntry(new URL("./child-main", import.meta.url));
  const child = spawn(process.execPath, [...entry.execArgv, entry.file], {
    stdio: replicaStdio,
    windowsHide: true,
  });
  const exited = watchExit(child, options.onOutput);
  const jobs = createReplicaJobs((kind, jobId, meta, body) => link.send(kind, jobId, meta, body));
  const started = createDeferred<ReadyMeta>();
  let usable = true;

  const link = createLinkConnection(openParentEnd(child), {
    spillDirectory: () => options.spillDirectory,
    onClose: (error) => {
      const why = error === undefined ? "" : `: ${error.message}`;
      jobs.failAll(new WeirError("REPLICA_LOST", `the model's process closed its link${why}`));
      usable = false;
      // Without a link it is of no use to anybody; but one that is ending anyway is left to say why.
      const timer = setTimeout(() => child.kill("SIGKILL"), partingMs);
      void exited.then(() => clearTimeout(timer));
    },
    onFrame: (frame) => {
      switch (frame.kind) {
        case "hello":
          greet(frame);
          break;
        case "ready":
          started.resolve(frame.meta as ReadyMeta);
          break;
        case "failed":
          started.reject(fromErrorMeta(frame.meta as ErrorMeta));
          break;
        default:
          jobs.receive(frame);
      }
    },
  });

  function greet(frame: Frame): void {
    const { version } = frame.meta as HelloMeta;
    if (version !== linkVersion) {
      const message = `the replica speaks link version ${version}, this server ${linkVersion}: reinstall the packages so that their versions agree`;
      started.reject(new WeirError("REPLICA_START_FAILED", message));
      return;
    }
    const start: StartMeta = {
      engineModule: options.engineModule,
      spec: options.spec,
      spillDirectory: options.spillDirectory,
    };
    link.send("start", 0, start);
  }

  async function stop(): Promise<void> {
    link.send("stop", 0);
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
    link.destroy();
  }

  void exited.then((exit) => {
    jobs.failAll(
      new WeirError("REPLICA_LOST", `the model's process ended (${exit.reason}) during this request`),
    );
    started.reject(startFailure(exit));
  });
  const timer = setTimeout(() => {
    const message = `the model was not ready ${options.startTimeoutMs} ms after its process was started`;
    started.reject(
      new WeirError("REPLICA_START_FAILED", `${message}; raise the start limit for a large model`),
    );
  }, options.startTimeoutMs);
  const onAbort = (): void => started.reject(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const { info } = await started.promise;
    return {
      pid: child.pid!,
      info,
      get usable() {
        return usable;
      },
      exited,
      embed: (request, jobSignal) => jobs.embed(request, info, jobSignal),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    child.kill("SIGKILL");
    await exited;
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function watchExit(
  child: ChildProcess,
  onOutput: ((line: string) => void) | undefined,
): Promise<ReplicaExit> {
  const output = createLastLines(20, onOutput);
  child.stdout!.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr!.on("data", (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve) => {
    let reason: string | undefined;
    const finish = (): void => resolve({ reason: reason ?? "unknown", lastLines: output.lines() });
    child.once("error", (error) => {
      reason ??= error.message;
      finish();
    });
    child.once("exit", (code, signal) => {
      reason ??= signal === null ? `exit code ${code}` : `signal ${signal}`;
      // Its last words may still be in the pipe; "close" follows when they are read. A grandchild that inherited the
      // pipe could hold it open, so the wait is short.
      setTimeout(finish, 100).unref();
    });
    child.once("close", finish);
  });
}

function startFailure(exit: ReplicaExit): WeirError {
  const words =
    exit.lastLines.length === 0 ? "it printed nothing" : `it printed:\n${exit.lastLines.join("\n")}`;
  return new WeirError(
    "REPLICA_START_FAILED",
    `the model's process ended before it was ready (${exit.reason}); ${words}`,
  );
}
