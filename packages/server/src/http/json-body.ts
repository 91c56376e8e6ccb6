import type { FastifyInstance } from "fastify";
import { WeirError } from "@weir/protocol";

/**
 * Reads every body as JSON, whatever its content type says: clients of these APIs often name none, or curl's default.
 * An empty body is left undefined; the dialect says what it expected instead.
 */
export function addJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    try {
      done(null, JSON.parse(body.toString("utf8")));
    } catch (error) {
      const start = body.toString("utf8", 0, 40).trim();
      const message = `the body is not valid JSON (${(error as Error).message}); it starts with ${JSON.stringify(start)}`;
      done(new WeirError("INVALID_JSON", message, { cause: error }));
    }
  });
}
