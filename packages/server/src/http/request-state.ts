import type { FastifyInstance } from "fastify";
import type { AdmissionKey } from "../admission/job.ts";
import type { EnvelopeName } from "./encode-error.ts";
import { createRequestReport, type RequestReport } from "./request-report.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whose envelope errors of this route use. Unset: OpenAI's. */
    dialect?: EnvelopeName;
    /** Asked by a load balancer or a supervisor: it needs no key, no limit counts it, and it never touches a replica. */
    probe?: true;
    /** Its bodies are conversations, which have many small values. */
    conversation?: true;
  }
  interface FastifyRequest {
    /** Set by a route that learns its dialect from the request; beats the route's own. */
    dialect: EnvelopeName | undefined;
    /** The body as it came, until it is known whether anybody wants it like that. */
    bodyBytes: Uint8Array | undefined;
    /** Filled in on the way; read when the answer is out. */
    report: RequestReport;
    /** On whose account the request's jobs run, with that account's limits. Unset: `report.keyId`'s, without limits. */
    admissionKey: AdmissionKey | undefined;
  }
}

/** What every request carries with it through hooks and routes. Call it before any other hook is added. */
export function addRequestState(app: FastifyInstance): void {
  app.decorateRequest("dialect", undefined);
  app.decorateRequest("admissionKey", undefined);
  app.decorateRequest("bodyBytes", undefined);
  // One per request, made by the first hook; a value given here would be shared by all.
  app.decorateRequest("report");
  app.addHook("onRequest", (request, _reply, done) => {
    request.report = createRequestReport();
    done();
  });
}
