import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { WeirError } from "@weir/protocol";
import type { AdmissionKey } from "../admission/job.ts";
import type { ApiKeyRecord } from "./api-key.ts";
import { checkWebPage } from "./cross-origin.ts";
import { showsLaunchToken } from "./launch-token.ts";
import { isLoopback } from "./loopback.ts";
import { readPresentedKeys } from "./presented-key.ts";
import { createRateLimit } from "./rate-limit.ts";
import { limitRouteBody } from "./route-body-limits.ts";
import { resolveRouteAccess } from "./route-access.ts";
import { grants } from "./scopes.ts";
import type { Security } from "./security.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The key that the request showed; undefined where it showed none that is known. */
    apiKey: ApiKeyRecord | undefined;
  }
}

/**
 * Lets in who may come in, before anything of the body is read. Call it before the routes are added. Closing the app
 * ends the watch over the keys.
 */
export async function addSecurity(
  app: FastifyInstance,
  { security, launchToken }: { readonly security: Security; readonly launchToken: string | undefined },
): Promise<void> {
  app.decorateRequest("apiKey", undefined);
  app.addHook("onRoute", limitRouteBody);
  app.addHook("onClose", () => {
    security[Symbol.dispose]();
  });
  const countRequest = await createRateLimit(app);

  async function check(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    if (request.headers.host === undefined && request.raw.httpVersion === "1.1")
      throw new WeirError("INVALID_REQUEST", "expected a Host header, got none. HTTP/1.1 requires one.");
    const answered = checkWebPage(request, reply, security);
    if (answered !== undefined) return answered;
    const { keys } = security;
    const shown = keys === undefined ? [] : readPresentedKeys(request.headers, "x-api-key");
    const key = shown.map((one) => keys?.find(one, Date.now())).find((one) => one !== undefined);
    request.apiKey = key;
    if (key !== undefined) {
      request.report.keyId = key.id;
      request.admissionKey = toAdmissionKey(key);
    }
    const access = resolveRouteAccess(request.routeOptions);
    if (access === "public" || access === "own") return undefined;
    if (access === "admin" && showsLaunchToken(request, launchToken)) return undefined;
    if (keys === undefined) {
      if (access !== "admin") return undefined;
      const message = `expected a key with the scope admin, but this server has no keys; its operator can give it some with --api-keys`;
      throw new WeirError("FORBIDDEN", message);
    }
    if (key === undefined) {
      reply.header("www-authenticate", 'Bearer realm="weir"');
      const got = shown.length === 0 ? "none" : "one that is not known or has expired";
      throw new WeirError("UNAUTHENTICATED", `expected an API key, got ${got}`);
    }
    if (!grants(key.scopes, access)) {
      const message = `key ${key.id} has the scope ${key.scopes.join(", ")}; this route takes ${access}`;
      throw new WeirError("FORBIDDEN", message);
    }
    await countRequest(key, request, reply);
    return undefined;
  }

  app.addHook("onRequest", async (request, reply) => {
    try {
      return await check(request, reply);
    } catch (error) {
      // What follows is a body that nobody will read.
      if (hasBody(request)) reply.header("connection", "close");
      throw error;
    }
  });
}

function toAdmissionKey({ id, limits = {} }: ApiKeyRecord): AdmissionKey {
  const { maxJobs, maxCost, weight } = limits;
  return {
    id,
    ...(maxJobs === undefined ? {} : { maxJobs }),
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(weight === undefined ? {} : { weight }),
  };
}

/** What proxies and tunnels add, each by its own custom. A client that has no proxy before it sends none of them. */
const forwardingHeaders =
  /^(forwarded|via|x-forwarded(-.+)?|x-real-ip|x-(original|client|cluster-client)-.+|true-client-ip|cf-.+|cdn-loop|fastly-client-ip|fly-client-ip|tailscale-.+|x-envoy-.+)$/;

/** Whether a request may see more of the server than that it lives: it has a key, or comes from this machine itself. */
export function maySeeDetail(request: FastifyRequest): boolean {
  if (request.apiKey !== undefined) return true;
  const { headers, socket } = request.raw;
  // A proxy on this machine brings requests of others.
  const forwarded = Object.keys(headers).some((name) => forwardingHeaders.test(name));
  const { remoteAddress } = socket;
  // Without an address it came over a Unix socket.
  return !forwarded && (remoteAddress === undefined || isLoopback(remoteAddress));
}

function hasBody(request: FastifyRequest): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== "0");
}
