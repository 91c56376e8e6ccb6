import type { ChatEvent, ChatResult } from "../canonical/chat.ts";
import { createChatCollector } from "../canonical/chat-collector.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { describeValue } from "../fields/describe-value.ts";
import { parseAnswerObject } from "../vectors/parse-answer.ts";
import { AnswerAssembler } from "./answer-assembler.ts";
import type { WireReader } from "./wire-step.ts";

/** A whole answer, of which the reader says the same as of a stream's events. */
export function parseWholeAnswer(body: Uint8Array, read: WireReader, createCallId: () => string): ChatResult {
  const assembler = new AnswerAssembler(createCallId);
  const events: ChatEvent[] = [];
  const answer = parseAnswerObject(body);
  for (const step of read(answer)) assembler.take(step, events);
  if (events.length === 0 && !assembler.hasReason) {
    const got = describeValue(JSON.stringify(answer));
    throw new WeirError("TARGET_ANSWER_INVALID", `expected a chat answer, got ${got}`);
  }
  assembler.finish(events);
  const collector = createChatCollector();
  collector.add(events);
  return collector.result();
}
