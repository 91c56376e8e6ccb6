import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { EmbeddingCache } from "../cache/embedding-cache.ts";

/** `/admin/cache`: forget what was computed. It takes what the other admin routes take. */
export function addCacheRoutes(app: FastifyInstance, cache: EmbeddingCache): void {
  app.delete(
    "/admin/cache",
    {
      schema: {
        summary: "Empty the embedding cache, in its file for every server that shares it",
        tags: ["admin"],
        response: {
          200: Type.Object({ cleared: Type.Object({ ram: Type.Integer(), disk: Type.Integer() }) }),
        },
      },
    },
    async () => ({ cleared: await cache.clear() }),
  );
}
