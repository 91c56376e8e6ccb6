import swagger from "@fastify/swagger";
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import { addAdminRoutes } from "../admin/admin-routes.ts";
import { addCacheRoutes } from "../admin/cache-routes.ts";
import { addAnswerHeaders } from "./answer-headers.ts";
import { addAgentRoutes } from "./chat/agent-routes.ts";
import { addChatRoutes } from "./chat/chat-routes.ts";
import { StreamPings } from "./chat/stream-pings.ts";
import { addEmbeddingRoutes } from "./embedding-routes.ts";
import { addEmbedAllRoute } from "./embed-all-route.ts";
import { addErrorAnswers } from "./error-answers.ts";
import { addHeldBytes } from "./held-bytes.ts";
import { addHealthRoutes } from "./health-routes.ts";
import { addInfoRoutes } from "./info-routes.ts";
import { addJsonBodies } from "./json-body.ts";
import { addOllamaModelRoutes } from "./ollama-model-routes.ts";
import { toOpenApiOptions } from "./openapi.ts";
import { toReadableUrl } from "./readable-url.ts";
import { resolveRequestId } from "./request-id.ts";
import { addCircleRefusal } from "./refuse-circles.ts";
import { addRequestState } from "./request-state.ts";
import { addScoringRoutes } from "./scoring-routes.ts";
import { addSidecarRoutes } from "./sidecar-routes.ts";
import { addTurns } from "./take-turns.ts";
import { addTokenRoutes } from "./token-routes.ts";
import { addSecurity } from "../security/add-security.ts";
import { addLastAnswers } from "./last-answers.ts";
import { addLingeringClose } from "./lingering-close.ts";
import { addSendTimeout } from "../security/send-timeout.ts";
import { toSocketOptions } from "../security/socket-timeouts.ts";
import type { Service } from "./service.ts";

export interface AppOptions {
  readonly service: Service;
  /** Where requests and failures are logged. @default nowhere */
  readonly logger?: FastifyBaseLogger;
}

/** The HTTP side of a server, not listening yet: tests call it in process with `app.inject`. */
export async function createApp({ service, logger }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: service.limits.bodyBytes,
    genReqId: resolveRequestId,
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    exposeHeadRoutes: true,
    rewriteUrl: toReadableUrl,
    // Names of models may be long; that one is not there is not for the router to say.
    routerOptions: { maxParamLength: 16_384 },
    ...toSocketOptions(service.timeouts),
  });
  // Schemas describe the API; what is accepted is decided by the dialects, whose messages say what to do.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await app.register(swagger, toOpenApiOptions(service.version));

  addTurns(app);
  addRequestState(app);
  service.observing.addTo(app);
  addAnswerHeaders(app, service);
  addErrorAnswers(app);
  addLastAnswers(app);
  addSendTimeout(app, service.timeouts);
  addLingeringClose(app);
  addCircleRefusal(app, service.id);
  await addSecurity(app, service);
  // After it: what a stranger sends is refused before it counts.
  const held = addHeldBytes(app, service.limits.heldBytes);
  addJsonBodies(app, service.limits, held.hold);
  addEmbeddingRoutes(app, service);
  addEmbedAllRoute(app, service);
  addScoringRoutes(app, service);
  addTokenRoutes(app, service);
  addSidecarRoutes(app, service, held.hold);
  addHealthRoutes(app, service, held);
  addInfoRoutes(app, service);
  const pings = new StreamPings(service.timeouts.pingMs);
  app.addHook("onClose", () => {
    pings[Symbol.dispose]();
  });
  const chat = { service, hold: held.hold, pings };
  addChatRoutes(app, chat);
  addAgentRoutes(app, service);
  addOllamaModelRoutes(app, chat);
  if (service.admin !== undefined) addAdminRoutes(app, service.admin);
  if (service.cache !== undefined || service.answers !== undefined) addCacheRoutes(app, service);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}
