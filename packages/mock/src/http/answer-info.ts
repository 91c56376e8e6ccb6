import type { IncomingMessage, ServerResponse } from "node:http";
import {
  encodeHealth,
  encodeModelsResponse,
  encodeServerInfo,
  ollamaRootText,
  selectModelsDialect,
  selectRootAnswer,
} from "@weir/protocol";
import type { MockContext } from "../mock-context.ts";

/** The routes that are about the mock itself: they are not logged and answer at once. False where there is none. */
export function answerInfo(
  context: MockContext,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): boolean {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const body = toBody(context, request, `${method} ${path}`);
  if (body === undefined) return false;
  const isText = typeof body === "string";
  response.writeHead(200, { "content-type": isText ? "text/plain" : "application/json" });
  response.end(isText ? body : JSON.stringify(body));
  return true;
}

function toBody(context: MockContext, request: IncomingMessage, route: string): object | string | undefined {
  const { options, log, slots, timing } = context;
  switch (route) {
    case "GET /":
      return selectRootAnswer(request.headers.accept) === "json" ? { name: "weir mock" } : ollamaRootText;
    case "GET /health":
      return encodeHealth(undefined).body;
    case "GET /info":
      return encodeServerInfo({
        modelName: options.model,
        dimensions: options.dimensions,
        pooling: "mean",
        maxTokens: 8192,
        device: "mock",
        precision: "float32",
        reference: true,
        maxJobs: options.slots + options.queue,
        maxBatchTokens: 8192,
        maxInputs: 2048,
        preparers: 0,
        version: "mock",
      });
    case "GET /v1/models": {
      const dialect = selectModelsDialect(request.headers["anthropic-version"] as string | undefined);
      return encodeModelsResponse([{ name: options.model, createdAt: new Date(0) }], dialect);
    }
    case "GET /api/version":
      return { version: "0.0.0-mock" };
    case "GET /api/tags":
      return { models: [{ name: options.model, model: options.model }] };
    case "POST /api/event_logging/batch":
      return {};
    case "GET /mock/log":
      return log.read(slots.places);
    case "GET /mock/timing":
      return timing.read();
    default:
      return undefined;
  }
}
