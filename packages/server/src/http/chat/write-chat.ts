import { createChatCollector } from "@weir/protocol";
import type { ReadChatExchange } from "./answer-chat.ts";
import { ChatWork } from "./chat-work.ts";
import { encodeTimed } from "../run-embedding.ts";

/** Answers in one piece. Throws as `answerChat`. */
export async function writeChat(exchange: ReadChatExchange): Promise<void> {
  const { dialect, request, reply } = exchange;
  const collector = createChatCollector();
  const work = new ChatWork(exchange);
  const finish = await work.run(
    () => {},
    (events) => collector.add(events),
  );
  const answer = encodeTimed(request, () =>
    dialect.encodeResponse({ ...collector.partial, finish }, work.head),
  );
  await reply.type("application/json; charset=utf-8").send(answer);
}
