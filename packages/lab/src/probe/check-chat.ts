import type { ChatDialectName } from "@weir/protocol";
import { askChat, describeAskedChat } from "./ask-chat.ts";
import { ok, type Check } from "./check.ts";
import type { ProbeTarget } from "./probe-target.ts";
import { readChatFacts } from "./read-chat-facts.ts";

/** Asks every chat API for one token; undefined where none of them works, which no server has to. */
export async function checkChat(
  target: ProbeTarget,
  given: string | undefined,
): Promise<{ readonly check: Check; readonly model: string | undefined } | undefined> {
  const { candidates, models } = await readChatFacts(target);
  const model = given ?? models[0];
  const works: ChatDialectName[] = [];
  const others: string[] = [];
  for (const dialect of candidates) {
    const asked = await askChat(target, dialect, model);
    if (asked.kind === "chatted") works.push(dialect);
    else others.push(`; ${dialect} ${describeAskedChat(asked)}`);
    if (asked.kind === "silent") break;
  }
  if (works.length === 0) return undefined;
  const withModel = model === undefined ? "" : `, model ${model}`;
  const detail = `chat, no embeddings: ${works.join(", ")} answered one token each${withModel}${others.join("")}`;
  return { check: ok("dialects", detail), model };
}
