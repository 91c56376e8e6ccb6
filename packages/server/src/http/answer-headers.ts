import type { FastifyInstance } from "fastify";
import type { RequestReport } from "./request-report.ts";
import type { Service } from "./service.ts";

/**
 * Headers that every answer carries: its id under both names that SDKs read (`x-request-id` OpenAI's, `request-id`
 * Anthropic's), and the time it took with its unit (a bare number in that header means seconds elsewhere). Answers that
 * a model had a part in say where the time went, under TEI's names in its unit, milliseconds, and as Server-Timing.
 */
export function addAnswerHeaders(app: FastifyInstance, service: Pick<Service, "phase">): void {
  app.addHook("onSend", (request, reply, _payload, done) => {
    const totalMs = reply.elapsedTime;
    const { queueMs, inferMs } = request.report;
    reply.header("x-request-id", request.id);
    reply.header("request-id", request.id);
    reply.header("x-process-time", `${totalMs.toFixed(2)}ms`);
    if (queueMs !== undefined) reply.header("x-queue-time", queueMs.toFixed(2));
    if (inferMs !== undefined) reply.header("x-inference-time", inferMs.toFixed(2));
    if (queueMs !== undefined) reply.header("server-timing", describePhases(request.report, totalMs));
    // A connection kept alive would hold the closing server open until its client lets go.
    if (service.phase === "draining") reply.header("connection", "close");
    done();
  });
}

/** The phases that are known, as a Server-Timing header: `queue;dur=1.25, ..., total;dur=9.50`, in milliseconds. */
function describePhases(report: RequestReport, totalMs: number): string {
  const phases = [
    ["queue", report.queueMs],
    ["tokenize", report.tokenizeMs],
    ["infer", report.inferMs],
    ["encode", report.encodeMs],
    ["total", totalMs],
  ] as const;
  return phases
    .flatMap(([name, ms]) => (ms === undefined ? [] : [`${name};dur=${ms.toFixed(2)}`]))
    .join(", ");
}
