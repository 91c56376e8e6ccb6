import { checkChatRequest, readChatEnvelope, refuseImages, refuseUnsupported } from "@weir/protocol";
import type { ChatAgent } from "@weir/engine";
import type { ChatDelivery, ChatRequest, ServedChatDialect } from "@weir/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { QueuedChat } from "../../models/queued-chat.ts";
import type { JobTerms } from "../../models/queued-backend.ts";
import { abortOnClose } from "../abort-on-close.ts";
import type { HoldBytes } from "../held-bytes.ts";
import { readJobTerms } from "../job-terms.ts";
import { assertServing, type Service } from "../service.ts";
import { passChat } from "./pass-chat.ts";
import { readChatAgent } from "./read-chat-agent.ts";
import { streamChat } from "./stream-chat.ts";
import type { StreamPings } from "./stream-pings.ts";
import { writeChat } from "./write-chat.ts";

/**
 * Most JSON values of a conversation with its tools: thousands of turns, each of a few dozen, and schemas of hundreds of tools.
 * What is read of them at once takes some tens of milliseconds.
 */
export const mostChatValues = 250_000;

/** What all chat routes share. */
export interface ChatContext {
  readonly service: Service;
  readonly hold: HoldBytes;
  readonly pings: StreamPings;
}

/** One request to a model that chats, read. */
export interface ChatExchange extends ChatContext {
  readonly model: QueuedChat;
  readonly dialect: ServedChatDialect;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly terms: JobTerms;
  /** Fires when the client goes away, or is cut. */
  readonly signal: AbortSignal;
}

/** The exchange of a request whose body was understood. */
export interface ReadChatExchange extends ChatExchange {
  readonly asked: ChatRequest;
  readonly agent: ChatAgent;
  readonly delivery: ChatDelivery;
}

/**
 * Answers a chat request in any dialect, in one piece or as a stream. Until the first bytes of the answer it throws what
 * admission and the model do, INVALID_REQUEST and MODEL_NOT_FOUND; what fails after that is told in the stream.
 */
export async function answerChat(
  context: ChatContext,
  dialect: ServedChatDialect,
  request: FastifyRequest,
  reply: FastifyReply,
  keepAliveMs?: number,
): Promise<void> {
  const { service } = context;
  request.report.job = "chat";
  const envelope = readChatEnvelope(request.body, dialect.name);
  const agent = readChatAgent(request, envelope.agentId);
  const terms = readJobTerms(request, service.limits.requestTimeoutMs);
  assertServing(service);
  const model = service.registry.resolve("chat", envelope.model);
  request.report.model = model.name;
  const exchange: ChatExchange = {
    ...context,
    model,
    dialect,
    request,
    reply,
    terms: keepAliveMs === undefined ? terms : { ...terms, keepAliveMs },
    signal: abortOnClose(reply),
  };
  if (model.passes === dialect.name && dialect.path === request.routeOptions.url && !isOlder(dialect)) {
    await passChat(exchange, envelope.streams, agent);
    return;
  }
  const { request: asked, delivery } = dialect.parseRequest(request.body);
  refuseUnsupported(request.body, dialect.name);
  checkChatRequest(asked);
  // What another server's model can read is for that to say.
  if (model.info.model !== undefined) refuseImages(asked);
  // What was read is in `asked`: texts wait in memory once, not twice.
  request.bodyBytes = undefined;
  const read: ReadChatExchange = { ...exchange, asked, agent, delivery };
  await (delivery.kind === "stream" ? streamChat(read) : writeChat(read));
}

/** OpenAI's completions share its name, but what passes through is of the newer path. */
function isOlder({ path }: ServedChatDialect): boolean {
  return path === "/v1/completions";
}
