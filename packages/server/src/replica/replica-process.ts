import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { WeirError } from "@weir/protocol";
import type { Frame } from "../link/frame.ts";
import { createLinkConnection } from "../link/link-connection.ts";
import {
  fromErrorMeta,
  linkVersion,
  type ErrorMeta,
  type HelloMeta,
  type PongMeta,
  type ReadyMeta,
  type StartMeta,
} from "../link/link-messages.ts";
import { createReplicaSpillDirectory } from "../link/spill-directory.ts";
import { resolveNodeEntry } from "../platform/node-entry.ts";
import { createReplicaEnvironment, replicaNodeFlags } from "../platform/replica-environment.ts";
import { openParentEnd, replicaStdio } from "../platform/replica-pipe.ts";
import { createDeferred } from "./deferred.ts";
import { watchExit, toStartFailure } from "./replica-exit.ts";
import { defaultHealthLimits } from "./replica-health.ts";
import { startHeartbeat, type Heartbeat } from "./replica-heartbeat.ts";
import type {
  JobAccount,
  LinkJobs,
  ReplicaInfo,
  ReplicaKind,
  ReplicaOptions,
  ReplicaProcess,
} from "./replica-kind.ts";

/** How long a replica that closed its link may take to end. */
const partingMs = 500;

/** Starts a process and waits until it has loaded the model and computed once. Nothing is left running when this rejects. */
export async function startReplicaProcess<Spec, Info extends ReplicaInfo, Jobs extends LinkJobs>(
  kind: ReplicaKind<Info, Jobs>,
  options: ReplicaOptions<Spec>,
  signal: AbortSignal,
): Promise<ReplicaProcess<Info, Jobs>> {
  signal.throwIfAborted();
  const spill = await createReplicaSpillDirectory(options.spillDirectory);
  let child: ChildProcess;
  try {
    signal.throwIfAborted();
    child = await spawnReplica(kind.entry);
  } catch (error) {
    await spill[Symbol.asyncDispose]();
    throw error;
  }
  const exited = watchExit(child, () => unwell, options.onOutput);
  // What it had not read, or the other side not from it, is of no use to anybody any more.
  void exited.then(() => spill[Symbol.asyncDispose]()).catch(() => {});
  const jobs = kind.createJobs((...frame) => link.send(...frame));
  const started = createDeferred<ReadyMeta<Info>>();
  const answered = createDeferred<PongMeta>();
  const failed = createDeferred<never>();
  failed.promise.catch(() => {}); // Once the replica is ready nobody listens any more.
  let usable = true;
  let unwell: string | undefined;
  let heartbeat: Heartbeat | undefined;
  let jobsDone = 0;
  let jobsCompleted = 0;
  let jobsUnderWay = 0;
  let costUnderWay = 0;
  const onIdle: (() => void)[] = [];

  const link = createLinkConnection(openParentEnd(child), {
    spillDirectory: () => spill.path,
    onUnread: (jobId, error) => jobs.fail(jobId, error),
    onClose: (error) => {
      const why = error === undefined ? "" : `: ${error.message}`;
      jobs.failAll(new WeirError("REPLICA_LOST", `the model's process closed its link${why}`));
      usable = false;
      heartbeat?.stop();
      // Without a link it is of no use to anybody; but one that is ending anyway is left to say why.
      const timer = setTimeout(() => {
        unwell ??= `it closed its link${why}`;
        child.kill("SIGKILL");
      }, partingMs);
      void exited.then(() => clearTimeout(timer));
    },
    onFrame: (frame) => {
      switch (frame.kind) {
        case "hello":
          greet(frame);
          break;
        case "ready":
          started.resolve(frame.meta as ReadyMeta<Info>);
          break;
        case "pong":
          heartbeat?.receive(frame.meta as PongMeta);
          break;
        case "failed":
          failed.reject(fromErrorMeta(frame.meta as ErrorMeta));
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
      failed.reject(new WeirError("REPLICA_START_FAILED", message));
      return;
    }
    const start: StartMeta<Spec> = {
      engineModule: options.engineModule,
      spec: options.spec,
      spillDirectory: spill.path,
    };
    link.send("start", 0, start);
  }

  async function stop(): Promise<void> {
    heartbeat?.stop();
    link.send("stop", 0);
    const timer = setTimeout(() => child.kill("SIGKILL"), kind.stopTimeoutMs);
    await exited;
    clearTimeout(timer);
    link.destroy();
  }

  async function run<T>(
    work: (jobs: Jobs) => Promise<T>,
    { cost = 1, counted = true }: JobAccount = {},
  ): Promise<T> {
    jobsUnderWay++;
    costUnderWay += cost;
    try {
      const result = await work(jobs);
      if (counted) jobsCompleted++;
      return result;
    } finally {
      jobsUnderWay--;
      costUnderWay -= cost;
      if (counted) jobsDone++;
      if (jobsUnderWay === 0) for (const resolve of onIdle.splice(0)) resolve();
      options.onProgress?.();
    }
  }

  void exited.then((exit) => {
    usable = false;
    heartbeat?.stop();
    const why = `the model's process ended (${exit.reason}) during this request`;
    jobs.failAll(new WeirError("REPLICA_LOST", why));
    failed.reject(toStartFailure(exit));
  });
  const timer = setTimeout(() => {
    const message = `the model was not ready ${options.startTimeoutMs} ms after its process was started`;
    failed.reject(
      new WeirError("REPLICA_START_FAILED", `${message}; raise the start limit for a large model`),
    );
  }, options.startTimeoutMs);
  const onAbort = (): void => failed.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const { info } = await Promise.race([started.promise, failed.promise]);
    await Promise.race([kind.warmUp(jobs, info, signal), failed.promise]);
    heartbeat = startHeartbeat({
      limits: { ...defaultHealthLimits, ...options.health },
      ask: () => link.send("ping", 0),
      onAnswer: (pong) => {
        answered.resolve(pong);
        kind.onPong?.(pong);
        options.onProgress?.();
      },
      onUnwell: (why) => {
        unwell = why;
        child.kill("SIGKILL");
      },
    });
    const { rssBytes: idleRssBytes } = await Promise.race([answered.promise, failed.promise]);
    return {
      pid: child.pid!,
      info,
      get usable() {
        return usable && unwell === undefined;
      },
      exited,
      readyAtMs: performance.now(),
      idleRssBytes,
      get rssBytes() {
        return heartbeat!.last!.rssBytes;
      },
      modelBytes: kind.toModelBytes(info),
      get jobsUnderWay() {
        return jobsUnderWay;
      },
      get costUnderWay() {
        return costUnderWay;
      },
      get jobsDone() {
        return jobsDone;
      },
      get jobsCompleted() {
        return jobsCompleted;
      },
      run,
      ask: (work) => work(jobs),
      idle: () => (jobsUnderWay === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    heartbeat?.stop();
    // A link that closed may be the first sign of a process that ends by itself and says why.
    const lost = error instanceof WeirError && error.code === "REPLICA_LOST";
    if (!lost) child.kill("SIGKILL");
    const exit = await exited;
    throw lost ? toStartFailure(exit) : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Throws REPLICA_START_FAILED where the system has no process to give: too many files are open, memory is used up. */
async function spawnReplica(url: URL): Promise<ChildProcess> {
  const entry = resolveNodeEntry(url);
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [...replicaNodeFlags, ...entry.execArgv, entry.file], {
      stdio: replicaStdio,
      env: createReplicaEnvironment(process.env),
      windowsHide: true,
    });
    // Some failures are thrown, some come as an event; a process that came to be has a pid at once.
    if (child.pid === undefined) await once(child, "spawn");
  } catch (error) {
    const message = `the model's process could not be started (${(error as Error).message})`;
    throw new WeirError("REPLICA_START_FAILED", message, { cause: error });
  }
  return child;
}
