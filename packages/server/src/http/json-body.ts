import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { HoldBytes } from "./held-bytes.ts";
import { parseJsonBody } from "./parse-json-body.ts";
import { readBody } from "./read-body.ts";
import type { ServerLimits } from "./service.ts";

/**
 * Reads every body as JSON, whatever its content type says: clients of these APIs often name none, or curl's default.
 * An empty body is left undefined; the dialect says what it expected instead.
 */
export function addJsonBodies(
  app: FastifyInstance,
  { bodyBytes, inputs }: Pick<ServerLimits, "bodyBytes" | "inputs">,
  hold: HoldBytes,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    async (request: FastifyRequest, payload: IncomingMessage): Promise<unknown> => {
      const body = await readBody(request, payload, request.routeOptions.bodyLimit ?? bodyBytes, hold);
      return body.length === 0 ? undefined : await parseJsonBody(body, { inputs });
    },
  );
}
