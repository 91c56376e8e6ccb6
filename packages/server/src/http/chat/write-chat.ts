import { AnswerParts } from "./collect-answer.ts";
import type { ReadChatExchange } from "./answer-chat.ts";
import { ChatWork } from "./chat-work.ts";
import { encodeTimed } from "../run-embedding.ts";

/** Answers in one piece. Throws as `answerChat`. */
export async function writeChat(exchange: ReadChatExchange): Promise<void> {
  const { dialect, request, reply } = exchange;
  const parts = new AnswerParts();
  const work = new ChatWork(exchange);
  const finish = await work.run(
    () => {},
    (events) => {
      for (const event of events) parts.add(event);
    },
  );
  const { text, reasoning, toolCalls } = parts;
  const answer = encodeTimed(request, () =>
    dialect.encodeResponse({ text, reasoning, toolCalls, finish }, work.head),
  );
  await reply.type("application/json; charset=utf-8").send(answer);
}
