import type { IncomingMessage, ServerResponse } from "node:http";
import { chatDialects, embeddingDialects, parseAnthropicCountRequest, WeirError } from "@weir/protocol";
import { countInputTokens } from "../answers/plan-answer.ts";
import type { MockContext } from "../mock-context.ts";
import { answerChat } from "./answer-chat.ts";
import { answerEmbeddings, answerUpload } from "./answer-timed.ts";
import { answerInfo } from "./answer-info.ts";
import { Exchange } from "./exchange.ts";
import { readJson } from "./read-body.ts";

type Answer = (exchange: Exchange) => void;

/** The routes that are timed, logged and take a slot. */
const jobs: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ...Object.values(chatDialects).map((dialect): [string, Answer] => [
    dialect.path,
    (exchange) => answerChat(exchange, dialect),
  ]),
  ["/embed", (exchange) => answerEmbeddings(exchange, "embed")],
  ["/v1/embeddings", (exchange) => answerEmbeddings(exchange, embeddingDialects.openai)],
  ["/api/embed", (exchange) => answerEmbeddings(exchange, embeddingDialects.ollama)],
  ["/upload", answerUpload],
]);

/** Sends a request to what answers it. */
export function routeRequest(context: MockContext, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? "/").replace(/\?.*$/s, "");
  const job = request.method === "POST" ? jobs.get(path) : undefined;
  if (job !== undefined) {
    job(new Exchange(context, request, response));
    return;
  }
  if (request.method === "POST" && path === "/v1/messages/count_tokens") {
    countTokens(request, response);
    return;
  }
  request.resume();
  if (answerInfo(context, request, response, path)) return;
  const error = new WeirError("ROUTE_NOT_FOUND", `${request.method} ${path} is not a route of the mock`);
  const { status, body } = chatDialects.openai.encodeError(error, "mock");
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Anthropic's count, by the very function that the answer's usage comes from. */
function countTokens(request: IncomingMessage, response: ServerResponse): void {
  const answer = (status: number, body: object): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  readJson(
    request,
    (body) => answer(200, { input_tokens: countInputTokens(parseAnthropicCountRequest(body).request) }),
    (error) => {
      const known = error instanceof WeirError ? error : new WeirError("INTERNAL", String(error));
      const encoded = chatDialects.anthropic.encodeError(known, "mock");
      answer(encoded.status, encoded.body);
    },
  );
}
