import type { FastifyInstance } from "fastify";
import { encodeEmbedFileResponse, parseEmbedFileRequest, WeirError } from "@weir/protocol";
import { toPlainRequest } from "../replica/plain-request.ts";
import { showsLaunchToken } from "../security/launch-token.ts";
import { openAllowedFile } from "../embed-file/open-allowed-file.ts";
import { readChunks } from "../embed-file/read-chunks.ts";
import { abortOnClose } from "./abort-on-close.ts";
import { embedSchemas } from "./embedding-schemas.ts";
import type { HoldBytes } from "./held-bytes.ts";
import { onExchangeEnd } from "./exchange-end.ts";
import { encodeTimed, runEmbedding } from "./run-embedding.ts";
import { assertServing, type Service } from "./service.ts";

/** What the sidecar API has beside /embed: files of the server's own disk, and ending the server. */
export function addSidecarRoutes(app: FastifyInstance, service: Service, hold: HoldBytes): void {
  app.post(
    "/embed-file",
    { schema: embedSchemas.embedFile, config: { dialect: "sidecar" } },
    async (request, reply) => {
      request.report.job = "embed-file";
      const asked = parseEmbedFileRequest(request.body);
      const signal = abortOnClose(reply);
      assertServing(service);
      const most = service.limits.inputs;
      const file = await openAllowedFile(asked.path, service.allowRoots);
      let chunks: string[];
      try {
        const reading = {
          ...asked,
          // One chunk more than is allowed is read, to tell a file that fits from one that does not.
          maxChunks: Math.min(asked.maxChunks ?? Number.POSITIVE_INFINITY, most + 1),
          maxBytes: service.limits.bodyBytes,
          onBytes: (bytes: number): void => hold(request, bytes),
        };
        chunks = await readChunks(file, reading, signal);
      } finally {
        await file.close();
      }
      if (chunks.length > most) {
        const message = `the file has more than ${most} chunks; set max_chunks to at most ${most}, or raise chunk_size`;
        throw new WeirError("TOO_MANY_INPUTS", message, { field: "max_chunks" });
      }
      if (chunks.length === 0) throw new WeirError("EMPTY_INPUT", "the file has no text", { field: "path" });
      const result = await runEmbedding(
        service,
        { ...toPlainRequest(chunks), normalize: asked.normalize },
        { request, reply, signal },
      );
      const answer = encodeTimed(request, () => encodeEmbedFileResponse(chunks, result));
      return reply.type("application/json; charset=utf-8").send(answer);
    },
  );

  app.post(
    "/shutdown",
    {
      schema: { summary: "End the server (needs the launch token)", tags: ["life cycle"] },
      config: { dialect: "sidecar" },
    },
    async (request, reply) => {
      if (!showsLaunchToken(request, service.launchToken)) {
        const message =
          "shutting down takes the launch token: send the value of WEIR_LAUNCH_TOKEN as Authorization: Bearer";
        throw new WeirError("FORBIDDEN", message);
      }
      onExchangeEnd(reply, service.onShutdownRequest);
      return reply.send({ status: "shutting down" });
    },
  );
}
