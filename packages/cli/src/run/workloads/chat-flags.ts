import type { Option } from "commander";
import { createFlags } from "../create-flags.ts";
import type { ModelFlags } from "./model-flags.ts";

/** `tools` and `conversation` are chat whose turns have several requests. */
export type ChatKind = "chat" | "tools" | "conversation";

/** The flags of chat, as they were written. */
export interface ChatFlags extends ModelFlags {
  readonly prompts?: string | undefined;
  readonly inputTokens?: string | undefined;
  readonly outputTokens?: string | undefined;
  readonly ignoreEos?: boolean | undefined;
  readonly system?: string | undefined;
  readonly temperature?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly check?: string | undefined;
  readonly toolTurns?: string | undefined;
  readonly rounds?: string | undefined;
  readonly agentHeader?: string | undefined;
}

/** The flags of every chat. Those of tools and of conversations stand under the same heading. */
export function createChatOptions(): Option[] {
  return createFlags("Chat:", [
    [
      "--prompts <file>",
      'prompts, one a line: a JSON string, {"prompt": ...} or {"messages": [...]}, both with "max_tokens" if you like (default: made up, see --input-tokens)',
    ],
    ["--input-tokens <number>", "length of made-up prompts (default: 512)"],
    [
      "--output-tokens <number>",
      "longest answer (default: 128 for made-up prompts, else what prompt or server say)",
    ],
    ["--ignore-eos", "go on to the longest answer where the model would end; not every server can"],
    ["--system <text>", "system message in front of prompts that have none; @FILE reads it from a file"],
    ["--temperature <number>", "how freely the model chooses (default: 0)"],
    ["--stream", "answers come token by token (this is the default)"],
    ["--no-stream", "answers come whole"],
    ["--check <condition>", "what a good stream must keep, without reading it: chunks>2"],
  ]);
}

export function createToolOptions(): Option[] {
  return createFlags("Chat:", [
    ["--tool-turns <number>", "tools: answers that are to call a tool before the text (default: 2)"],
  ]);
}

export function createConversationOptions(): Option[] {
  return createFlags("Chat:", [
    ["--rounds <number>", "conversation: requests that each carry all before them (default: 5)"],
    ["--agent-header <name>", "conversation: header that tells conversations apart, e.g. X-Agent-Id"],
  ]);
}
