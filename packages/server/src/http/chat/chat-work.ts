import { randomUUID } from "node:crypto";
import { WeirError, type ChatAnswerHead, type ChatEvent, type ChatFinish } from "@weir/protocol";
import type { AnswerOutcome, CachedChatStart } from "../../answer-cache/answer-hit.ts";
import { ageHeader, cacheHeader, cacheSimilarityHeader } from "../../cache/cache-counts.ts";
import type { QueuedChatWork } from "../../models/queued-chat.ts";
import type { ReadChatExchange } from "./answer-chat.ts";

/** What the model does for one request: its events go out, what became known of it is noted. */
export class ChatWork {
  readonly #exchange: ReadChatExchange;
  #head: ChatAnswerHead | undefined;
  #finish: ChatFinish | undefined;

  constructor(exchange: ReadChatExchange) {
    this.#exchange = exchange;
  }

  /** Of the answer, once it has begun. */
  get head(): ChatAnswerHead {
    if (this.#head === undefined) throw new WeirError("ENGINE_FAILED", "the model answered before it began");
    return this.#head;
  }

  /**
   * Resolves with how the answer ended. `onEvents` gets what comes before that; `isLast` where only the end follows, which is
   * there as soon as it is known what the model took.
   */
  async run(
    onStart: () => void,
    onEvents: (events: readonly ChatEvent[], isLast: boolean) => void,
  ): Promise<ChatFinish> {
    const { model, asked, agent, terms, signal, request } = this.#exchange;
    const work = await model.chat(
      { request: asked, agent },
      terms,
      {
        onStart: (start: CachedChatStart) => {
          this.#note(start);
          onStart();
        },
        onEvents: (events) => {
          request.report.firstTokenMs ??= this.#exchange.reply.elapsedTime;
          const last = events.at(-1);
          if (last?.kind !== "finish") return onEvents(events, false);
          this.#finish = last.finish;
          onEvents(events.slice(0, -1), true);
        },
      },
      signal,
    );
    if (this.#finish === undefined) throw new WeirError("ENGINE_FAILED", "the model's answer has no end");
    this.#report(work, this.#finish);
    return this.#complete(this.#finish, work);
  }

  #note({ inputTokens, cachedInputTokens, answer }: CachedChatStart): void {
    if (answer !== undefined) this.#tell(answer);
    this.#head = {
      id: randomUUID().replaceAll("-", ""),
      model: this.#exchange.model.name,
      createdAtMs: Date.now(),
      inputTokens,
      cachedInputTokens,
    };
  }

  #tell(answer: AnswerOutcome): void {
    const { reply } = this.#exchange;
    reply.header(cacheHeader, answer.kind);
    if (answer.kind === "miss") return;
    reply.header(cacheSimilarityHeader, Number(answer.similarity.toFixed(4)));
    reply.header(ageHeader, Math.floor(answer.ageMs / 1_000));
    this.#exchange.request.report.isCachedAnswer = true;
  }

  #report(work: QueuedChatWork, { usage }: ChatFinish): void {
    const { report } = this.#exchange.request;
    report.queueMs = work.queueMs + work.waitMs;
    report.inferMs = work.restoreMs + work.promptMs + work.generationMs;
    report.chat = {
      inputTokens: usage.inputTokens,
      cachedTokens: usage.cachedInputTokens,
      outputTokens: usage.outputTokens,
    };
  }

  /** Times are of this server: the request's own as a whole, the model's where it said them. */
  #complete(finish: ChatFinish, work: QueuedChatWork): ChatFinish {
    const { asked, reply } = this.#exchange;
    const [only, ...others] = asked.stop;
    const stopped = finish.reason === "stop-sequence" && only !== undefined && others.length === 0;
    return {
      ...finish,
      ...(finish.stopSequence === undefined && stopped ? { stopSequence: only } : {}),
      timing: {
        totalMs: reply.elapsedTime,
        loadMs: work.loadMs,
        promptMs: finish.timing?.promptMs ?? work.promptMs,
        generationMs: finish.timing?.generationMs ?? work.generationMs,
      },
    };
  }
}
