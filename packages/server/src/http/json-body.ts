import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { WeirError } from "@weir/protocol";
import type { HoldBytes } from "./held-bytes.ts";
import { readBody } from "./read-body.ts";
import type { ServerLimits } from "./service.ts";

/**
 * Reads every body as JSON, whatever its content type says: clients of these APIs often name none, or curl's default.
 * An empty body is left undefined; the dialect says what it expected instead.
 */
export function addJsonBodies(
  app: FastifyInstance,
  { bodyBytes }: Pick<ServerLimits, "bodyBytes">,
  hold: HoldBytes,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    async (request: FastifyRequest, payload: IncomingMessage): Promise<unknown> => {
      const body = await readBody(request, payload, request.routeOptions.bodyLimit ?? bodyBytes, hold);
      return body.length === 0 ? undefined : parseJson(body);
    },
  );
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    const start = body.toString("utf8", 0, 40).trim();
    const message = `the body is not valid JSON (${(error as Error).message}); it starts with ${JSON.stringify(start)}`;
    throw new WeirError("INVALID_JSON", message, { cause: error });
  }
}
