import { WeirError, type ChatAnswerHead, type ChatDialect } from "@weir/protocol";
import { planAnswer, stretchPlan, toResult, type AnswerPlan } from "../answers/plan-answer.ts";
import { refuse } from "./refuse.ts";
import type { Exchange } from "./exchange.ts";
import { readJson } from "./read-body.ts";
import { StreamedAnswer } from "./streamed-answer.ts";

/** A chat request in any dialect, streamed or not. */
export function answerChat(exchange: Exchange, dialect: ChatDialect): void {
  readJson(
    exchange.request,
    (body) => {
      const { request, delivery } = dialect.parseRequest(body);
      const { options, timer } = exchange.context;
      const undisturbed = planAnswer(request, options, exchange.index);
      if (undisturbed.fate === "error")
        throw new WeirError("ENGINE_FAILED", "the mock was told to fail (errorRate)");
      const head: ChatAnswerHead = {
        id: exchange.id,
        model: request.model ?? options.model,
        createdAtMs: Date.now(),
        inputTokens: undisturbed.finish.usage.inputTokens,
        cachedInputTokens: 0,
      };
      const begin = (): void => {
        const plan = stretchPlan(undisturbed, exchange.timeFactor);
        if (delivery.kind === "stream") {
          const { roleOnlyDelta } = options;
          const encoder = dialect.createStreamEncoder(head, {
            usage: delivery.usage,
            roleOnlyDelta,
            nowMs: Date.now,
          });
          void new StreamedAnswer(exchange, plan, encoder, dialect.streamType);
          return;
        }
        const dueMs = exchange.dueMs(plan.dueMs.at(-1) ?? 0);
        const answer = dialect.encodeResponse(toResult(plan), head);
        timer.add({ dueMs, fire: () => answerWhole(exchange, plan, answer, dueMs) });
      };
      exchange.enterSlot(() => refuse(exchange, dialect, undisturbed.finish.timing!.totalMs), begin);
    },
    (error) => exchange.fail(error, dialect),
  );
}

/** An answer in one piece has no middle to be cut or to fail in, so it is always whole. */
function answerWhole(exchange: Exchange, plan: AnswerPlan, answer: Uint8Array, dueMs: number): void {
  if (exchange.isOver) return;
  exchange.context.log.countChunk(plan.finish.usage.outputTokens);
  exchange.answer(200, answer, dueMs);
}
