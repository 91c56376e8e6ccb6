import { randomInt } from "node:crypto";
import { askChatOnce, createSyntheticPrompts, type ChatReply } from "@weir/load";
import { WeirError, type ChatDialectName, type ChatMessage } from "@weir/protocol";
import { identifyTarget } from "../../run/identify-target.ts";
import type { ChatLoadRequest } from "../../run/run-request.ts";
import { connectTimeoutMs } from "../../run/to-load-plan.ts";
import type { SuiteContext } from "../suite.ts";

/** The header by which servers that remember conversations know whose one is; others take no notice of it. */
export const agentHeader = "X-Agent-Id";

/** A chat server whose API and model are known. */
export interface ChatServer {
  readonly url: string;
  readonly dialect: ChatDialectName;
  readonly model: string | undefined;
  /** What every chat request has in common. */
  readonly workload: ChatLoadRequest;
}

/** One question of an agent. */
export interface AgentQuestion {
  /** Who asks. */
  readonly agent: string;
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
}

/** What a load of a suite is about. */
export interface LoadShape {
  /** Words of a prompt, each about one token. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** @default single */
  readonly turns?: ChatLoadRequest["turns"];
  /** How many different prompts. @default 64 */
  readonly count?: number;
}

/**
 * Finds out which chat API the server speaks, unless the command line said so. Throws TARGET_UNREACHABLE with what was
 * tried where it speaks none.
 */
export async function findChatServer({ base, url, signal, tell }: SuiteContext): Promise<ChatServer> {
  const { workload } = base;
  if (workload.kind !== "chat")
    throw new WeirError("USAGE", `this suite is about chat, got the workload ${workload.kind}`);
  if (workload.dialect === "ollama-generate")
    throw new WeirError(
      "USAGE",
      "agents hold conversations, which the ollama-generate dialect cannot. Use --dialect ollama.",
    );
  tell("finding out which chat API the server speaks");
  const found = await identifyTarget({ ...base, url }, signal);
  signal.throwIfAborted();
  if (found.kind !== "found")
    throw new WeirError("TARGET_UNREACHABLE", found.kind === "not-started" ? found.message : "interrupted");
  const dialect = found.target.dialect as ChatDialectName;
  const { model } = found.target;
  return { url, dialect, model, workload: { ...workload, dialect, model } };
}

/** Asks one question on a connection of its own, as the command line says that requests are sent. */
export async function askAgent(
  { base, signal }: Pick<SuiteContext, "base" | "signal">,
  server: ChatServer,
  { agent, messages, maxTokens }: AgentQuestion,
): Promise<ChatReply> {
  const { dialect, model } = server;
  const { stream } = server.workload;
  const headers = { ...base.headers, [agentHeader]: agent };
  return await askChatOnce(
    server.url,
    { dialect, model, stream, maxTokens, messages, headers },
    { ...base.connection, connectTimeoutMs: connectTimeoutMs(base), timeoutMs: base.timeoutMs, signal },
  );
}

/** Made-up prompts as a run sends them, each new to the server. */
export function toLoad(server: ChatServer, shape: LoadShape, seed: number): ChatLoadRequest {
  const { inputTokens, outputTokens, turns = { kind: "single" }, count = 64 } = shape;
  return {
    ...server.workload,
    prompts: {
      source: `made-up prompts of about ${inputTokens} tokens`,
      prompts: createSyntheticPrompts({ inputTokens, count, seed }),
    },
    maxTokens: outputTokens,
    turns,
    cache: "busted",
  };
}

/** A message of a user. */
export function said(text: string): ChatMessage {
  return { role: "user", parts: [{ kind: "text", text }] };
}

/** So many made-up words, never the same. */
export function inventWords(count: number): string {
  const [prompt] = createSyntheticPrompts({ inputTokens: count, count: 1, seed: randomInt(2 ** 32) });
  const [message] = prompt!.messages;
  const [part] = message?.role === "user" ? message.parts : [];
  return part?.kind === "text" ? part.text : "";
}

/** Why a question has no answer, in a few words. */
export function describeReply(reply: Exclude<ChatReply, { readonly kind: "answered" }>): string {
  return reply.kind === "refused" ? `refused with ${reply.status}: ${reply.message}` : reply.message;
}
