import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { AnswerCache } from "../answer-cache/answer-cache.ts";
import type { EmbeddingCache } from "../cache/embedding-cache.ts";

/** `/admin/cache`: forget what was computed. It takes what the other admin routes take. */
export function addCacheRoutes(
  app: FastifyInstance,
  {
    cache,
    answers,
  }: { readonly cache: EmbeddingCache | undefined; readonly answers: AnswerCache | undefined },
): void {
  app.delete(
    "/admin/cache",
    {
      schema: {
        summary:
          "Empty the caches: of embeddings, in its file for every server that shares it, and of answers",
        tags: ["admin"],
        response: {
          200: Type.Object({
            cleared: Type.Object({
              ram: Type.Integer(),
              disk: Type.Integer(),
              answers: Type.Optional(Type.Integer()),
            }),
          }),
        },
      },
    },
    async () => ({
      cleared: {
        ...((await cache?.clear()) ?? { ram: 0, disk: 0 }),
        ...(answers === undefined ? {} : { answers: answers.store.clear() }),
      },
    }),
  );
}
