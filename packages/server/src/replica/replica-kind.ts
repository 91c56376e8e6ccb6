import type { EmbeddingModelSpec } from "@weir/engine";
import type { WeirError } from "@weir/protocol";
import type { Frame, FrameKind } from "../link/frame.ts";
import type { PongMeta } from "../link/link-messages.ts";
import type { ReplicaExit } from "./replica-exit.ts";
import type { HealthLimits } from "./replica-health.ts";

/** `Spec` is the engine's: where the model is and how to run it. */
export interface ReplicaOptions<Spec = EmbeddingModelSpec> {
  /** Address of a module that is an engine of the replica's kind, as `import()` takes it. */
  readonly engineModule: string;
  readonly spec: Spec;
  /** Time from spawn to ready, in milliseconds. */
  readonly startTimeoutMs: number;
  readonly spillDirectory: string;
  /** A line that the process printed (stdout or stderr), without its line end. */
  readonly onOutput?: (line: string) => void;
  readonly health?: Partial<HealthLimits>;
  /** Called when a job is done and when the process said how it is. */
  readonly onProgress?: () => void;
}

/** What supervision has to know of a loaded model of any kind. */
export interface ReplicaInfo {
  readonly device: string;
  readonly deviceFallback?: string;
  readonly weightBytes: number;
}

/** One child process with one loaded model, whatever it does. */
export interface Replica<Info extends ReplicaInfo = ReplicaInfo> extends AsyncDisposable {
  readonly pid: number;
  readonly info: Info;
  /** False from the moment its link closed: jobs can only fail. */
  readonly usable: boolean;
  /** Resolves once, when the process is gone. */
  readonly exited: Promise<ReplicaExit>;
  /** When it was ready, on the clock of `performance.now()`. */
  readonly readyAtMs: number;
  /** Resident memory after the warm-up, and when it last said so. */
  readonly idleRssBytes: number;
  readonly rssBytes: number;
  /** What its model takes where all of it is in use: the measure for whether it leaks. */
  readonly modelBytes: number;
  readonly jobsUnderWay: number;
  /** Sum of what the callers said their jobs cost. */
  readonly costUnderWay: number;
  readonly jobsDone: number;
  /** Those of them that were computed: what was lost or cancelled proves nothing. */
  readonly jobsCompleted: number;
  /** Resolves when no job is under way. */
  idle(): Promise<void>;
}

export type SendFrame = (kind: FrameKind, jobId: number, meta?: unknown, body?: Uint8Array) => void;

/** The parent's side of the jobs on one link. */
export interface LinkJobs {
  receive(frame: Frame): void;
  /** One job fails with this error. */
  fail(jobId: number, error: WeirError): void;
  /** Every job under way fails with this error, and every later one. */
  failAll(error: WeirError): void;
}

/** What kind of work the replicas of a kind do, and what that asks of their supervision. */
export interface ReplicaKind<Info extends ReplicaInfo, Jobs extends LinkJobs> {
  /** The process's entry, as `resolveNodeEntry` takes it. */
  readonly entry: URL;
  createJobs(send: SendFrame): Jobs;
  /** Computes once, so that a model that loads but does not compute is known before anybody is sent to it. */
  warmUp(jobs: Jobs, info: Info, signal: AbortSignal): Promise<void>;
  toModelBytes(info: Info): number;
  /** What else the replica says of itself whenever it is asked whether it lives. */
  readonly onPong?: (pong: PongMeta) => void;
  /** How long a replica that was told to stop may take before it is killed. */
  readonly stopTimeoutMs: number;
}

export interface JobAccount {
  /** @default 1 */
  readonly cost?: number;
  /** Whether it is one of the jobs done; a rehearsal is not. @default true */
  readonly counted?: boolean;
}

/** A replica and what its jobs are sent through. */
export interface ReplicaProcess<Info extends ReplicaInfo, Jobs extends LinkJobs> extends Replica<Info> {
  /** Does a job and keeps account of it. */
  run<T>(work: (jobs: Jobs) => Promise<T>, account?: JobAccount): Promise<T>;
  /** Does what is no job: a question that the replica answers beside them. */
  ask<T>(work: (jobs: Jobs) => Promise<T>): Promise<T>;
}
