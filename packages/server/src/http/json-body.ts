import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { WeirError } from "@weir/protocol";
import type { HoldBytes } from "./held-bytes.ts";
import { parseJsonBody } from "./parse-json-body.ts";
import { readBody } from "./read-body.ts";
import type { ServerLimits } from "./service.ts";

/** Far above any conversation: thousands of turns with their calls. They are parsed in some tens of milliseconds. */
const conversationValues = 250_000;

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
  // Node would say to go on before anybody looked at the request.
  app.server.on("checkContinue", (request, response) => app.server.emit("request", request, response));
  app.addHook("preParsing", ({ headers, routeOptions }, reply, _payload, done) => {
    // One that cannot be read would be refused for nothing: it decides nothing here.
    delete headers["content-type"];
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && encoding !== "" && encoding.toLowerCase() !== "identity") {
      const got = JSON.stringify(encoding.slice(0, 100));
      done(new WeirError("UNSUPPORTED_ENCODING", `Content-Encoding: expected none, got ${got}`));
      return;
    }
    const fits = Number(headers["content-length"] ?? 0) <= (routeOptions.bodyLimit ?? bodyBytes);
    if (fits && headers.expect?.toLowerCase() === "100-continue") {
      reply.raw.writeContinue();
      // From here on it sends as others do.
      delete headers.expect;
    }
    done();
  });
  app.addContentTypeParser(
    "*",
    async (request: FastifyRequest, payload: IncomingMessage): Promise<unknown> => {
      const body = await readBody(request, payload, request.routeOptions.bodyLimit ?? bodyBytes, hold);
      request.bodyBytes = body;
      const values = request.routeOptions.config.conversation === true ? conversationValues : undefined;
      return body.length === 0 ? undefined : await parseJsonBody(body, { inputs, values });
    },
  );
}
