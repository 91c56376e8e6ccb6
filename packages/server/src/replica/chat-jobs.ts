import type { ChatHooks, ChatJob, ChatMemoryStats, ChatWork } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import {
  encodeJsonBody,
  parseJsonBody,
  type ChatAnswers,
  type ChatEnd,
  type ChatJobMeta,
  type ChatQuestions,
  type ChatStep,
} from "../link/chat-frames.ts";
import { fromErrorMeta, type CreditMeta, type ErrorMeta } from "../link/link-messages.ts";
import { createDeferred } from "./deferred.ts";
import type { LinkJobs, SendFrame } from "./replica-kind.ts";

/** The parent's side of a chat replica's jobs. */
export interface ChatJobs extends LinkJobs {
  /** Rejects with CANCELLED when the engine has let go of the job. The hooks are not called after the signal has fired. */
  chat(job: ChatJob, hooks: ChatHooks, signal: AbortSignal): Promise<ChatWork>;
  /** What is answered beside the conversations. */
  ask<Kind extends Exclude<keyof ChatAnswers, "chat">>(
    kind: Kind,
    question: ChatQuestions[Kind],
    signal?: AbortSignal,
  ): Promise<ChatAnswers[Kind]>;
}

interface JobHandlers {
  /** Bytes of events that were taken and not given back as credit yet. */
  takenBytes: number;
  onStep(step: ChatStep): void;
  onEnd(answer: unknown): void;
  onError(error: unknown): void;
}

/** Events of one job that may be on the pipe. They are taken as soon as they come, so this only bounds a burst. */
const creditBytes = 1024 * 1024;
/** Given back in steps of so many: a frame for each event would wake the process that computes, for every token of every job. */
const creditStepBytes = creditBytes / 4;

const noHooks: ChatHooks = { onEvents: () => {} };

/** `onMemory` is told what is remembered whenever a job has ended. */
export function createChatJobs(send: SendFrame, onMemory: (memory: ChatMemoryStats) => void): ChatJobs {
  const jobs = new Map<number, JobHandlers>();
  let nextJobId = 1;
  let failure: WeirError | undefined;

  async function run<Kind extends keyof ChatAnswers>(
    kind: Kind,
    question: ChatQuestions[Kind],
    hooks: ChatHooks,
    signal: AbortSignal | undefined,
  ): Promise<ChatAnswers[Kind]> {
    if (failure !== undefined) throw failure;
    throwIfCancelled(signal);
    // What throws does so before anybody waits for an answer that is never asked for.
    const body = encodeJsonBody(question);
    const jobId = nextJobId++;
    const done = createDeferred<ChatAnswers[Kind]>();
    // The engine may be at it: the job is over when the replica says so, and only then is its sequence free.
    const onAbort = (): void => send("cancel", jobId);
    jobs.set(jobId, {
      takenBytes: 0,
      onStep({ start, events }) {
        if (signal?.aborted === true) return;
        try {
          if (start !== undefined) hooks.onStart?.(start);
          if (events.length > 0) hooks.onEvents(events);
        } catch (error) {
          // It is this job's alone: thrown further it would end the link, and all jobs with it.
          send("cancel", jobId);
          done.reject(error);
        }
      },
      onEnd: (answer) => done.resolve(answer as ChatAnswers[Kind]),
      onError: (error) => done.reject(error),
    });
    signal?.addEventListener("abort", onAbort, { once: true });
    const meta: ChatJobMeta = { kind, creditBytes };
    try {
      send("job", jobId, meta, body);
      const answer = await done.promise;
      // It was done before the replica had heard that nobody wants it.
      throwIfCancelled(signal);
      return answer;
    } finally {
      jobs.delete(jobId);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  return {
    chat: (job, hooks, signal) => run("chat", job, hooks, signal),
    ask: (kind, question, signal) => run(kind, question, noHooks, signal),
    receive({ kind, jobId, meta, body }) {
      if (kind === "end") onMemory((parseJsonBody(body) as ChatEnd).memory);
      // Answers may cross a cancel: the job is not known any more then.
      const job = jobs.get(jobId);
      if (job === undefined) return;
      if (kind === "event") {
        job.takenBytes += body.length;
        if (job.takenBytes >= creditStepBytes) {
          const credit: CreditMeta = { bytes: job.takenBytes };
          job.takenBytes = 0;
          send("credit", jobId, credit);
        }
        job.onStep(parseJsonBody(body) as ChatStep);
      } else if (kind === "end") job.onEnd((parseJsonBody(body) as ChatEnd).answer);
      else if (kind === "error") job.onError(fromErrorMeta(meta as ErrorMeta));
    },
    fail: (jobId, error) => jobs.get(jobId)?.onError(error),
    failAll(error) {
      failure ??= error;
      for (const job of jobs.values()) job.onError(failure);
      jobs.clear();
    },
  };
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new WeirError("CANCELLED", "the client closed the connection before the answer was ready");
}
