import type { FastifyReply, FastifyRequest, RequestPayload } from "fastify";
import type { WeirError } from "@weir/protocol";
import { isBackend } from "../models/model-registry.ts";
import { readJobTerms } from "./job-terms.ts";
import type { Service } from "./service.ts";

/** A body that is smaller is read in less time than anybody notices, and its route can answer in its own dialect. */
const leastBytes = 16 * 1024;

type Done = (error: WeirError | null, payload: RequestPayload) => void;

/**
 * A hook for routes that embed: refuses a large body before it is read and parsed where the only model is full for this
 * client whatever it asks for. The parsing of bodies that are refused anyway would hold up the refusals of others. What is
 * sent of the body is let go by, so that the connection can be used again.
 */
export function createRefuseAhead(service: Service) {
  return (request: FastifyRequest, _reply: FastifyReply, payload: RequestPayload, done: Done): void => {
    try {
      const refusal = findRefusal(service, request);
      done(refusal ?? null, payload);
    } catch (error) {
      done(error as WeirError, payload);
    }
  };
}

function findRefusal(service: Service, request: FastifyRequest): WeirError | undefined {
  if (service.phase !== "serving") return undefined;
  const bytes = Number(request.headers["content-length"] ?? 0);
  // One that is too large is told so.
  if (!(bytes >= leastBytes && bytes <= service.limits.bodyBytes)) return undefined;
  const [model, ...others] = service.registry.models;
  // Which of several it asks for is in the body.
  if (model === undefined || others.length > 0 || !isBackend(model)) return undefined;
  const refusal = model.refuseAhead(readJobTerms(request, service.limits.requestTimeoutMs));
  if (refusal !== undefined) Object.assign(request.report, { job: "embed", model: model.name });
  return refusal;
}
