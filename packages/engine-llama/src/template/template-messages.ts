import { encodeSpacedJson } from "../tools/spaced-json.ts";
import type { ConversationCall, Turn } from "./conversation.ts";
import { guardValue, type GuardedTexts } from "./guarded-text.ts";

/** A message as templates get it: OpenAI's shape, with what comes from outside guarded. */
export interface TemplateMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly unknown[];
  readonly tool_call_id?: string;
  readonly name?: string;
}

/** A way to put a conversation to a template that does not take it as it is. */
export interface Wording {
  /** `user`: into the turn of the user that follows, for families without a system role. */
  readonly system: "role" | "user";
  /** `single`: calls that were made at once, one after another. `text`: written out, for families without tools. */
  readonly calls: "native" | "single" | "text";
  /** Neighbours of one role become one message. */
  readonly merged: boolean;
}

/** `extraSystem` is put after the system prompt: text of our own, with what is foreign in it guarded. */
export function toTemplateMessages(
  turns: readonly Turn[],
  wording: Wording,
  texts: GuardedTexts,
  extraSystem: string,
): readonly TemplateMessage[] {
  const ordered = wording.calls === "single" ? turns.flatMap(toSingleCalls(turns)) : turns;
  let messages = ordered.map((turn) => toMessage(turn, wording, texts));
  if (extraSystem !== "") {
    const first = messages[0];
    if (first?.role === "system")
      messages = [{ ...first, content: `${first.content}\n\n${extraSystem}` }, ...messages.slice(1)];
    else messages = [{ role: "system", content: extraSystem }, ...messages];
  }
  if (wording.system === "user") messages = foldSystem(messages);
  // Results that are written out are the user's turn, and one turn however many they are.
  if (wording.merged || wording.calls === "text") messages = mergeNeighbours(messages, wording.merged);
  return messages;
}

function toMessage(turn: Turn, wording: Wording, texts: GuardedTexts): TemplateMessage {
  switch (turn.role) {
    case "system":
    case "user":
      return { role: turn.role, content: texts.guard(turn.text, true) };
    case "assistant": {
      const text = texts.guard(turn.text, turn.calls.length === 0);
      const reasoning =
        turn.reasoning === "" ? {} : { reasoning_content: texts.guard(turn.reasoning, false) };
      if (turn.calls.length === 0) return { role: "assistant", content: text, ...reasoning };
      if (wording.calls === "text") {
        const calls = turn.calls.map((call) => writeCall(call, texts));
        return { role: "assistant", content: [text, ...calls].filter((part) => part !== "").join("\n") };
      }
      return {
        role: "assistant",
        content: text,
        ...reasoning,
        tool_calls: turn.calls.map((call) => toTemplateCall(call, texts)),
      };
    }
    case "tool": {
      const content = texts.guard(turn.text, true);
      if (wording.calls === "text")
        return { role: "user", content: `<tool_response>\n${content}\n</tool_response>` };
      return {
        role: "tool",
        content,
        tool_call_id: turn.call.id,
        name: guardValue(texts, turn.call.name) as string,
      };
    }
  }
}

function toTemplateCall(call: ConversationCall, texts: GuardedTexts): unknown {
  return {
    id: call.id,
    type: "function",
    function: { name: texts.guard(call.name, true), arguments: guardValue(texts, call.arguments) },
  };
}

function writeCall(call: ConversationCall, texts: GuardedTexts): string {
  const value = guardValue(texts, { name: call.name, arguments: call.arguments });
  return `<tool_call>\n${encodeSpacedJson(value)}\n</tool_call>`;
}

/** Each call a message of its own, right before its result. */
function toSingleCalls(turns: readonly Turn[]): (turn: Turn) => readonly Turn[] {
  const results = new Map(
    turns.flatMap((turn) => (turn.role === "tool" ? [[turn.call, turn] as const] : [])),
  );
  const moved = new Set<Turn>();
  return (turn) => {
    if (turn.role === "tool") return moved.has(turn) ? [] : [turn];
    if (turn.role !== "assistant" || turn.calls.length < 2) return [turn];
    return turn.calls.flatMap((call, index): readonly Turn[] => {
      const alone: Turn = { ...turn, text: index === 0 ? turn.text : "", reasoning: "", calls: [call] };
      const result = results.get(call);
      if (result === undefined) return [alone];
      moved.add(result);
      return [alone, result];
    });
  };
}

function foldSystem(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const folded: TemplateMessage[] = [];
  let waiting = "";
  for (const message of messages) {
    if (message.role === "system") {
      waiting = joinTexts(waiting, message.content);
    } else if (waiting !== "" && message.role === "user") {
      folded.push({ ...message, content: joinTexts(waiting, message.content) });
      waiting = "";
    } else {
      // An answer that nobody asked for: what was said before it is the question.
      if (waiting !== "") folded.push({ role: "user", content: waiting });
      waiting = "";
      folded.push(message);
    }
  }
  if (waiting !== "") folded.push({ role: "user", content: waiting });
  return folded;
}

/** `strictly`: the first is the user's, and nothing of one role stands beside its like. */
function mergeNeighbours(messages: readonly TemplateMessage[], strictly: boolean): TemplateMessage[] {
  const merged: TemplateMessage[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    const plain = last?.tool_calls === undefined && message.tool_calls === undefined;
    if (
      last !== undefined &&
      last.role === message.role &&
      plain &&
      (message.role === "user" || message.role === "assistant") &&
      (strictly || isResult(last, message))
    )
      merged[merged.length - 1] = {
        ...last,
        ...message,
        content: joinTexts(last.content, message.content, strictly),
      };
    else merged.push(message);
  }
  if (strictly && merged[0]?.role === "assistant") merged.unshift({ role: "user", content: "" });
  return merged;
}

function isResult(...messages: readonly TemplateMessage[]): boolean {
  return messages.every(({ role, content }) => role === "user" && content.startsWith("<tool_response>"));
}

function joinTexts(first: string, second: string, spaced = true): string {
  return [first, second].filter((text) => text !== "").join(spaced ? "\n\n" : "\n");
}
