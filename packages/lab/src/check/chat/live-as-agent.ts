import { setTimeout as delay } from "node:timers/promises";
import type { ChatReply } from "@weir/load";
import type { ChatMessage } from "@weir/protocol";
import type { SuiteContext } from "../suite.ts";
import type { AgentStory, StoryTurn } from "./agent-story.ts";
import { askAgent, describeReply, inventWords, said, type ChatServer } from "./chat-server.ts";
import { refusalStatuses } from "./outcomes.ts";

const wordsOfTurn = 24;
const mostTries = 10;
const firstWaitMs = 500;

export interface AgentLife {
  /** By which the server knows it. */
  readonly id: string;
  /** The agents' secret words, and which of them is this one's. */
  readonly secrets: readonly string[];
  readonly place: number;
  readonly turns: number;
  readonly maxTokens: number;
  readonly onTurn: () => void;
}

/**
 * One agent from its first turn to its last: it tells its secret word, talks about this and that, and asks for the word in
 * the end. Every prompt has all that was said before; where that is too long for the model, it begins anew.
 */
export async function liveAsAgent(
  context: SuiteContext,
  server: ChatServer,
  life: AgentLife,
): Promise<AgentStory> {
  const { id, secrets, place, turns, maxTokens, onTurn } = life;
  const lived: StoryTurn[] = [];
  let messages: ChatMessage[] = [];
  let [failed, refused, restarted] = [0, 0, 0];
  let failure: string | undefined;
  for (let turn = 0; turn < turns; turn += 1) {
    const last = turn === turns - 1;
    let opens = messages.length === 0;
    messages.push(
      opens ? open(id, secrets[place]!) : said(last ? "What is my secret word?" : inventWords(wordsOfTurn)),
    );
    const ask = async (): Promise<ChatReply> =>
      await askAgent(context, server, { agent: id, messages, maxTokens });
    let end = await insist(context, ask);
    refused += end.refusals;
    if (!opens && end.reply !== undefined && isTooLong(end.reply)) {
      restarted += 1;
      opens = true;
      messages = [open(id, secrets[place]!)];
      end = await insist(context, ask);
      refused += end.refusals;
    }
    const { reply } = end;
    // Interrupted: what was lived until then is a story, too.
    if (reply === undefined) break;
    onTurn();
    if (reply.kind !== "answered") {
      failed += 1;
      failure ??= describeReply(reply);
      messages = [];
      continue;
    }
    const { text, tookMs, tokens } = reply;
    lived.push({
      tookMs,
      inputTokens: tokens.input,
      cachedTokens: tokens.cached,
      outputTokens: tokens.output,
      opens,
      names: secrets.flatMap((secret, other) => (text.includes(secret) ? [other] : [])),
    });
    messages.push({
      role: "assistant",
      text: text === "" ? "(no answer)" : text,
      reasoning: "",
      toolCalls: [],
    });
  }
  return { id, turns: lived, failed, failure, refused, restarted };
}

function open(id: string, secret: string): ChatMessage {
  return said(`My name is ${id} and my secret word is ${secret}. ${inventWords(wordsOfTurn)}`);
}

/** Whether a conversation may have come to the end of what the model can take. */
function isTooLong(reply: ChatReply): boolean {
  return reply.kind === "refused" && (reply.status === 400 || reply.status === 413 || reply.status === 422);
}

/** Comes again as long as the server says that it has too much to do, as clients do. No reply: the check is interrupted. */
async function insist(
  { signal }: SuiteContext,
  ask: () => Promise<ChatReply>,
): Promise<{ readonly reply: ChatReply | undefined; readonly refusals: number }> {
  let refusals = 0;
  try {
    for (;;) {
      const reply = await ask();
      const comesAgain = reply.kind === "refused" && refusalStatuses.includes(reply.status);
      if (!comesAgain || refusals === mostTries) return { reply, refusals };
      refusals += 1;
      await delay(reply.retryAfterMs ?? firstWaitMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return { reply: undefined, refusals };
  }
}
