/**
 * The link thread of a replica: reads frames, turns inputs into token ids, feeds the main thread one batch at a time,
 * sends vectors back. It never computes for long, so the parent is answered however busy the
 * native engine is; and when the parent is gone it ends the process even if the main thread never yields.
 */
import { parentPort } from "node:worker_threads";
import type { EmbeddingEngineModule, EmbeddingModelInfo, EmbeddingPreparer } from "@weir/engine";
import { toWeirError, WeirError, type ModelVectors } from "@weir/protocol";
import { createCreditWindow, type CreditWindow } from "../link/credit-window.ts";
import { encodeRows, parseInputs } from "../link/embedding-frames.ts";
import type { Frame } from "../link/frame.ts";
import { encodeTokenRows } from "../link/token-frames.ts";
import { createLinkConnection } from "../link/link-connection.ts";
import {
  linkVersion,
  toErrorMeta,
  type CreditMeta,
  type EmbeddingEndMeta,
  type EmbeddingEventMeta,
  type EmbeddingJobMeta,
  type ErrorMeta,
  type HelloMeta,
  type PongMeta,
  type ReadyMeta,
  type StartMeta,
} from "../link/link-messages.ts";
import { collectGarbage } from "../platform/collect-garbage.ts";
import { openChildEnd } from "../platform/replica-pipe.ts";
import { endProcessNow } from "../platform/signals.ts";
import {
  createEmbeddingQueue,
  PrepareFailure,
  type EmbeddingQueue,
  type QueuedBatch,
} from "./embedding-queue.ts";
import { createComputeClock } from "./compute-clock.ts";
import { cutVectors } from "./cut-vectors.ts";
import { createTokenJobs, doTokenWork, type TokenJobs } from "./token-work.ts";
import type { FromMainThread, ToMainThread } from "./thread-messages.ts";

/** How long the main thread may finish what it is computing once the parent is gone. */
const partingMs = 1_000;

const main = parentPort!;
const jobWindows = new Map<number, CreditWindow<() => void>>();
/** Jobs that nobody wants any more, of which the engine still computes something. */
const cancelled = new Set<number>();
const computeClock = createComputeClock();
/** What the engine is at. */
let underWay: QueuedBatch | undefined;
let preparing = false;
let spillDirectory = "";
let queue: EmbeddingQueue | undefined;
const tokenJobs: TokenJobs = createTokenJobs({
  isWanted: (jobId) => jobWindows.has(jobId),
  onDone: sendTokens,
  onFailed: (jobId, error) => failJob(jobId, toErrorMeta(toWeirError(error))),
});
let preparer: EmbeddingPreparer | undefined;
let preparerPromise: ReturnType<EmbeddingEngineModule["createEmbeddingPreparer"]> | undefined;

const link = createLinkConnection(openChildEnd(), {
  onFrame: receive,
  onClose: leave,
  onUnread: (jobId, error) => link.send("error", jobId, toErrorMeta(error)),
  spillDirectory: () => spillDirectory,
});

const hello: HelloMeta = { version: linkVersion, pid: process.pid };
link.send("hello", 0, hello);

function tellMain(message: ToMainThread, transfer: ArrayBuffer[] = []): void {
  main.postMessage(message, transfer);
}

function leave(): void {
  tellMain({ kind: "exit" });
  setTimeout(endProcessNow, partingMs);
}

function receive(frame: Frame): void {
  switch (frame.kind) {
    case "start":
      start(frame.meta as StartMeta);
      break;
    case "job":
      acceptJob(frame.jobId, frame.meta as EmbeddingJobMeta, frame.body);
      break;
    case "credit":
      jobWindows.get(frame.jobId)?.grant((frame.meta as CreditMeta).bytes);
      break;
    case "cancel":
      cancelJob(frame.jobId);
      break;
    case "stop":
      leave();
      break;
    case "ping": {
      const pong: PongMeta = { rssBytes: process.memoryUsage.rss(), ...computeClock.read(performance.now()) };
      link.send("pong", 0, pong);
      break;
    }
    case "pong":
    case "hello":
    case "ready":
    case "failed":
    case "event":
    case "end":
    case "error":
      throw new Error(`a replica sends ${frame.kind} frames, it does not read them`);
  }
}

function start(meta: StartMeta): void {
  spillDirectory = meta.spillDirectory;
  tellMain({ kind: "load", engineModule: meta.engineModule, spec: meta.spec });
  // Both halves load at the same time, each in its own thread.
  preparerPromise = import(meta.engineModule).then((engine: EmbeddingEngineModule) =>
    engine.createEmbeddingPreparer(meta.spec),
  );
  preparerPromise.catch((error: unknown) => link.send("failed", 0, toErrorMeta(toWeirError(error))));
}

async function becomeReady(info: EmbeddingModelInfo): Promise<void> {
  preparer = await preparerPromise!.catch(() => undefined);
  if (preparer === undefined) return;
  queue = createEmbeddingQueue(preparer);
  collectGarbage();
  const ready: ReadyMeta = { info };
  link.send("ready", 0, ready);
}

function acceptJob(jobId: number, meta: EmbeddingJobMeta, body: Uint8Array): void {
  jobWindows.set(
    jobId,
    createCreditWindow(meta.creditBytes, (send) => send()),
  );
  const inputs = parseInputs(meta.inputs, body);
  if (meta.tokenWork !== undefined) {
    const { tokenWork, promptName } = meta;
    tokenJobs.add(jobId, doTokenWork(preparer!, { ...tokenWork, promptName }, inputs));
    prepareSoon();
    return;
  }
  queue!.add(jobId, meta, inputs);
  // Where nothing computes it need not wait for its turn.
  if (underWay === undefined) attempt(() => queue!.prepareSome());
  feedMain();
  prepareSoon();
}

function sendTokens(jobId: number, body: Uint8Array, tokenizeMs: number): void {
  const event: EmbeddingEventMeta = { dimensions: 0 };
  const end: EmbeddingEndMeta = {
    inputTokens: 0,
    truncated: 0,
    rowTokens: [],
    truncatedRows: [],
    tokenizeMs,
    computeMs: 0,
    batches: 0,
    paddedTokens: 0,
  };
  link.together(() => {
    link.send("event", jobId, event, body);
    link.send("end", jobId, end);
  });
  jobWindows.delete(jobId);
}

/**
 * The engine has one batch at a time. The next one is put together when it is done, of all that has come by then, from rows
 * that were tokenised meanwhile.
 */
function feedMain(): void {
  if (underWay !== undefined) return;
  const queued = queue!.next();
  if (queued === undefined) return;
  underWay = queued;
  computeClock.add(queued.paddedTokens, performance.now());
  const { tokenIds, lengths } = queued.batch;
  tellMain({ kind: "compute", batch: queued.batch }, [
    tokenIds.buffer as ArrayBuffer,
    lengths.buffer as ArrayBuffer,
  ]);
}

/** Some rows at a time: in between, the engine is given its next batch as soon as it is done with one. */
function prepareSoon(): void {
  if (preparing) return;
  preparing = true;
  setImmediate(() => {
    preparing = false;
    const hasTokens = tokenJobs.step();
    const hasRows = attempt(() => queue!.prepareSome());
    if (hasRows) feedMain();
    if (hasRows || hasTokens) prepareSoon();
  });
}

/** Does what may find a job that cannot be prepared, until it finds none: such jobs fail. */
function attempt<Result>(work: () => Result): Result {
  for (;;) {
    try {
      return work();
    } catch (failure) {
      if (!(failure instanceof PrepareFailure)) throw failure;
      failJob(failure.jobId, toErrorMeta(toWeirError(failure.cause)));
    }
  }
}

function failJob(jobId: number, error: ErrorMeta): void {
  queue!.drop(jobId);
  if (!jobWindows.delete(jobId)) return;
  link.send("error", jobId, error);
}

/** What was handed to the engine cannot be taken back: the parent is told when that is done. */
function cancelJob(jobId: number): void {
  queue!.drop(jobId);
  // One that was answered already needs no second answer.
  if (!jobWindows.delete(jobId)) return;
  cancelled.add(jobId);
  confirmCancel(jobId);
}

function confirmCancel(jobId: number): void {
  if (!cancelled.has(jobId) || underWay?.parts.some((part) => part.jobId === jobId) === true) return;
  cancelled.delete(jobId);
  link.send("error", jobId, toErrorMeta(new WeirError("CANCELLED", "the request was cancelled")));
}

function finishBatch(vectors: ModelVectors, computeMs: number): void {
  const done = underWay!;
  underWay = undefined;
  computeClock.finish(performance.now(), computeMs);
  const ended = queue!.finish(done, computeMs);
  // The next batch goes out first: the engine computes it while this one's vectors are sent.
  feedMain();
  link.together(() => {
    for (const { jobId, rows, vectors: own } of cutVectors(done.parts, vectors)) sendRows(jobId, rows, own);
    for (const { jobId, totals } of ended) sendEnd(jobId, totals);
  });
  for (const { jobId } of done.parts) confirmCancel(jobId);
  prepareSoon();
}

function sendRows(jobId: number, rows: Int32Array, vectors: ModelVectors): void {
  const window = jobWindows.get(jobId);
  if (window === undefined) return;
  const body = vectors.rowLengths === undefined ? encodeRows(rows, vectors) : encodeTokenRows(rows, vectors);
  const event: EmbeddingEventMeta = { dimensions: vectors.dimensions };
  window.push(() => link.send("event", jobId, event, body), body.length);
}

function sendEnd(jobId: number, end: EmbeddingEndMeta): void {
  jobWindows.get(jobId)?.push(() => {
    link.send("end", jobId, end);
    jobWindows.delete(jobId);
  }, 0);
}

function failBatch(error: ErrorMeta): void {
  const failed = underWay!;
  underWay = undefined;
  computeClock.finish(performance.now());
  const jobId = queue!.fail(failed);
  for (const part of failed.parts) confirmCancel(part.jobId);
  if (jobId !== undefined) failJob(jobId, error);
  feedMain();
}

main.on("message", (message: FromMainThread) => {
  switch (message.kind) {
    case "loaded":
      void becomeReady(message.info);
      break;
    case "load-failed":
      link.send("failed", 0, message.error);
      break;
    case "computed":
      finishBatch(message.vectors, message.computeMs);
      break;
    case "compute-failed":
      failBatch(message.error);
      break;
  }
});
