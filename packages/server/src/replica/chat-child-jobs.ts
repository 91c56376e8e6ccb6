import type { ChatEngine, ChatHooks, ChatJob, ChatStart } from "@weir/engine";
import { toWeirError, type ChatEvent, type ChatRequest } from "@weir/protocol";
import {
  encodeJsonBody,
  parseJsonBody,
  type ChatAnswers,
  type ChatEnd,
  type ChatJobMeta,
  type ChatQuestions,
  type ChatStep,
} from "../link/chat-frames.ts";
import { createCreditWindow, type CreditWindow } from "../link/credit-window.ts";
import type { LinkConnection } from "../link/link-connection.ts";
import { toErrorMeta } from "../link/link-messages.ts";
import { createAnswerClock, type AnswerClock } from "./answer-clock.ts";

interface Job {
  readonly abort: AbortController;
  readonly window: CreditWindow<() => void>;
  /** What has come of it since the last frame. */
  start: ChatStart | undefined;
  events: ChatEvent[];
  over: Promise<void>;
}

/** The child's side of a chat replica's jobs. */
export interface ChatChildJobs {
  readonly clock: AnswerClock;
  accept(jobId: number, meta: ChatJobMeta, body: Uint8Array): void;
  credit(jobId: number, bytes: number): void;
  cancel(jobId: number): void;
  /** Cancels all of them and resolves when the engine has let go. */
  end(): Promise<void>;
}

type Link = Pick<LinkConnection, "send" | "together">;

export function createChatChildJobs(engine: ChatEngine, link: Link): ChatChildJobs {
  const jobs = new Map<number, Job>();
  const clock = createAnswerClock();
  /** Jobs with events that are not sent yet. */
  const full = new Set<number>();

  /** All that comes of one step of the model, for whichever jobs, is one write: one wake-up of the parent. */
  function sendSoon(jobId: number): void {
    if (full.size === 0) queueMicrotask(flush);
    full.add(jobId);
  }

  function flush(): void {
    link.together(() => {
      for (const jobId of full) sendStep(jobId);
    });
    full.clear();
  }

  function sendStep(jobId: number): void {
    const job = jobs.get(jobId);
    if (job === undefined || (job.start === undefined && job.events.length === 0)) return;
    const { start, events } = job;
    const step: ChatStep = { ...(start === undefined ? {} : { start }), events };
    const body = encodeJsonBody(step);
    job.start = undefined;
    job.events = [];
    job.window.push(() => link.send("event", jobId, undefined, body), body.length);
  }

  function listen(jobId: number, job: Job): ChatHooks {
    return {
      onStart(start) {
        clock.start(jobId, start.inputTokens - start.cachedInputTokens, performance.now());
        job.start = start;
        sendSoon(jobId);
      },
      onEvents(events) {
        clock.note(jobId, performance.now());
        job.events.push(...events);
        sendSoon(jobId);
      },
    };
  }

  async function answer(
    kind: keyof ChatAnswers,
    body: Uint8Array,
    jobId: number,
    job: Job,
  ): Promise<unknown> {
    switch (kind) {
      case "chat": {
        clock.add(jobId);
        const asked = parseJsonBody(body) as ChatQuestions["chat"];
        return engine.chat(reviveJob(asked), listen(jobId, job), job.abort.signal);
      }
      case "count-tokens":
        return engine.countTokens(reviveRequest(parseJsonBody(body) as ChatQuestions["count-tokens"]));
      case "agents":
        return engine.listAgents((parseJsonBody(body) as ChatQuestions["agents"]).keyId);
      case "save-agent": {
        const { keyId, id } = parseJsonBody(body) as ChatQuestions["save-agent"];
        return (await engine.saveAgent(keyId, id)) ?? null;
      }
      case "delete-agent": {
        const { keyId, id } = parseJsonBody(body) as ChatQuestions["delete-agent"];
        return engine.deleteAgent(keyId, id);
      }
      case "persist":
        await engine.persist(job.abort.signal);
        return null;
    }
  }

  async function run(jobId: number, job: Job, kind: keyof ChatAnswers, body: Uint8Array): Promise<void> {
    try {
      const end: ChatEnd = {
        answer: (await answer(kind, body, jobId, job)) as ChatEnd["answer"],
        memory: engine.stats,
      };
      sendStep(jobId);
      job.window.push(() => {
        link.send("end", jobId, undefined, encodeJsonBody(end));
        jobs.delete(jobId);
      }, 0);
    } catch (error) {
      sendStep(jobId);
      // It follows the events that came before it; one that was cancelled has no reader left to wait for.
      const fail = (): void => {
        link.send("error", jobId, toErrorMeta(toWeirError(error)));
        jobs.delete(jobId);
      };
      if (job.abort.signal.aborted) fail();
      else job.window.push(fail, 0);
    } finally {
      clock.remove(jobId, performance.now());
    }
  }

  return {
    clock,
    accept(jobId, { kind, creditBytes }, body) {
      const job: Job = {
        abort: new AbortController(),
        window: createCreditWindow(creditBytes, (send) => send()),
        start: undefined,
        events: [],
        over: Promise.resolve(),
      };
      jobs.set(jobId, job);
      job.over = run(jobId, job, kind, body);
    },
    credit: (jobId, bytes) => jobs.get(jobId)?.window.grant(bytes),
    cancel: (jobId) => jobs.get(jobId)?.abort.abort(),
    async end() {
      const under = Array.from(jobs.values());
      for (const { abort } of under) abort.abort();
      await Promise.all(under.map(({ over }) => over));
    },
  };
}

function reviveJob(job: ChatJob): ChatJob {
  return { ...job, request: reviveRequest(job.request), agent: { ...job.agent, id: job.agent.id } };
}

/** Properties that must be there but were undefined do not cross JSON. */
function reviveRequest(request: ChatRequest): ChatRequest {
  const { model, maxTokens, temperature, topP, seed } = request;
  return { ...request, model, maxTokens, temperature, topP, seed };
}
