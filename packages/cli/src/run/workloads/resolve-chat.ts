import { readPrompts, type ChatLoadRequest, type PromptSet } from "@weir/lab";
import { createSyntheticPrompts, defaultChatTools, type ChatPrompt } from "@weir/load";
import { chatDialects, type ChatDialectName } from "@weir/protocol";
import type { FlagReader } from "../../flags/flag-reader.ts";
import { parseCheck } from "./chat-check.ts";
import { contentOf } from "./read-file.ts";
import type { RequestAddress } from "./request-address.ts";
import type { ResolvedWorkload } from "./resolved-workload.ts";
import { splitEndpoint } from "./split-endpoint.ts";
import type { ChatKind, ChatFlags } from "./chat-flags.ts";

/** Different made-up prompts; with a busted cache each is new to the server however often it is sent. */
const madeUpPrompts = 64;

/** Problems are noted; undefined where the prompts cannot be had. */
export async function resolveChat(
  kind: ChatKind,
  flags: ChatFlags,
  seed: number,
  read: FlagReader,
  address: RequestAddress,
): Promise<ResolvedWorkload<ChatLoadRequest> | undefined> {
  const dialect = read.oneOf<ChatDialectName | "auto">(
    "dialect",
    flags.dialect,
    ["auto", ...(Object.keys(chatDialects) as ChatDialectName[])],
    "auto",
  );
  const endpoint = read.attempt(() => splitEndpoint(address, chatDialects, dialect));
  const stream = flags.stream ?? true;
  const maxTokens = readMaxTokens(flags, read);
  const turns = readTurns(kind, flags, read);
  const prompts = await readPromptSet(flags, seed, read);
  const check = parseCheck(flags.check, stream, read);
  const workload = {
    kind: "chat",
    model: flags.model,
    stream,
    maxTokens,
    temperature: readTemperature(flags.temperature, read),
    ignoreEos: flags.ignoreEos ?? false,
    check,
    turns,
    cache: read.oneOf("cache", flags.cache, ["busted", "warm"], "busted"),
  } as const;
  if (prompts === undefined || endpoint === undefined) return undefined;
  if (workload.ignoreEos) noteEndless(endpoint.dialect, prompts.prompts, maxTokens, read);
  return { url: endpoint.url, workload: { ...workload, dialect: endpoint.dialect, prompts } };
}

function readMaxTokens(flags: ChatFlags, read: FlagReader): number | undefined {
  const given = flags.outputTokens ?? (flags.prompts === undefined ? "128" : undefined);
  return given === undefined ? undefined : read.whole("output-tokens", given, { least: 1, absent: 1 });
}

async function readPromptSet(
  flags: ChatFlags,
  seed: number,
  read: FlagReader,
): Promise<PromptSet | undefined> {
  const { prompts: file, system } = flags;
  if (file !== undefined && flags.inputTokens !== undefined)
    read.note("--prompts and --input-tokens exclude each other: prompts of your own have their length.");
  const inputTokens = read.whole("input-tokens", flags.inputTokens, { least: 1, absent: 512 });
  const set = await read.attemptAsync(async (): Promise<PromptSet> => {
    if (file !== undefined) return await readPrompts(file);
    return {
      source: `made-up prompts of about ${inputTokens.toLocaleString("en-US")} tokens`,
      prompts: createSyntheticPrompts({ inputTokens, count: madeUpPrompts, seed }),
    };
  });
  if (system === undefined || set === undefined) return set;
  return await read.attemptAsync(async () => {
    const text = system.startsWith("@") ? await contentOf(system.slice(1), "--system") : system;
    return { ...set, prompts: set.prompts.map((prompt) => withSystem(prompt, text)) };
  });
}

function withSystem(prompt: ChatPrompt, text: string): ChatPrompt {
  if (prompt.messages.some(({ role }) => role === "system")) return prompt;
  return { ...prompt, messages: [{ role: "system", text }, ...prompt.messages] };
}

function readTemperature(given: string | undefined, read: FlagReader): number {
  if (given === undefined) return 0;
  if (/^\d+(\.\d+)?$/.test(given)) return Number(given);
  read.note(`--temperature: expected a number from 0 on, got ${JSON.stringify(given)}.`);
  return 0;
}

function readTurns(kind: ChatKind, flags: ChatFlags, read: FlagReader): ChatLoadRequest["turns"] {
  const toolTurns = read.whole("tool-turns", flags.toolTurns, { least: 1, absent: 2 });
  const rounds = read.whole("rounds", flags.rounds, { least: 1, absent: 5 });
  const { agentHeader } = flags;
  if (agentHeader !== undefined && !/^[!#$%&'*+.^_`|~\w-]+$/.test(agentHeader))
    read.note(
      `--agent-header: expected a header's name such as X-Agent-Id, got ${JSON.stringify(agentHeader)}.`,
    );
  switch (kind) {
    case "chat":
      return { kind: "single" };
    case "tools":
      return { kind, toolTurns, tools: defaultChatTools };
    case "conversation":
      return { kind, rounds, agentHeader };
  }
}

function noteEndless(
  dialect: ChatDialectName | "auto",
  prompts: readonly ChatPrompt[],
  maxTokens: number | undefined,
  read: FlagReader,
): void {
  if (dialect !== "openai" && dialect !== "auto")
    read.note(
      `--ignore-eos: expected a dialect that can ask for it (openai), got ${dialect}. Leave one of them out.`,
    );
  if (maxTokens === undefined && prompts.some((prompt) => prompt.maxTokens === undefined))
    read.note(
      "--ignore-eos needs --output-tokens: an answer without an end of its own must have a longest one.",
    );
}
