import type { FastifyInstance } from "fastify";
import type { Service } from "./service.ts";

/**
 * Headers that every answer carries: its id under both names that SDKs read (`x-request-id` OpenAI's, `request-id`
 * Anthropic's), and the time it took with its unit (a bare number in that header means seconds elsewhere).
 */
export function addAnswerHeaders(app: FastifyInstance, service: Pick<Service, "phase">): void {
  app.addHook("onSend", (request, reply, _payload, done) => {
    reply.header("x-request-id", request.id);
    reply.header("request-id", request.id);
    reply.header("x-process-time", `${reply.elapsedTime.toFixed(2)}ms`);
    // A connection kept alive would hold the closing server open until its client lets go.
    if (service.phase === "draining") reply.header("connection", "close");
    done();
  });
}
