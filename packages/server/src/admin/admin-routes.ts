import type { FastifyInstance, FastifyReply } from "fastify";
import { Type } from "typebox";
import { precisionWishes } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { abortOnClose } from "../http/abort-on-close.ts";
import { withoutLatest } from "../models/alias-problems.ts";
import type { AdminModel, ModelAdmin } from "./model-admin.ts";
import { mostOf, parseModelName, parseModelSource } from "./parse-model-source.ts";

const source = {
  path: Type.String({
    minLength: 1,
    description: "A model's folder, a reference model's name, or [DIALECT+]URL[#MODEL] of another server.",
  }),
  threads: Type.Optional(Type.Integer({ minimum: 1, maximum: mostOf.threads })),
  replicas: Type.Optional(Type.Integer({ minimum: 1, maximum: mostOf.replicas })),
  precision: Type.Optional(Type.Enum([...precisionWishes])),
};
const model = Type.Object({
  name: Type.String(),
  state: Type.String(),
  path: Type.String(),
  dimensions: Type.Optional(Type.Integer()),
  device: Type.String(),
  precision: Type.String(),
  replicas: Type.Integer(),
  jobs: Type.Integer(),
});
const byName = Type.Object({ name: Type.String() });
const tags = ["admin"];

/**
 * `/admin/models`: load, swap and unload while serving. They take a key with the scope `admin` or the launch token,
 * which the security hook asks for. A client that goes away before the end takes its change back.
 */
export function addAdminRoutes(app: FastifyInstance, admin: ModelAdmin): void {
  const changing = new Set<string>();

  /** One change of a model at a time: a second one would be about a model that is not there any more. */
  async function change<Result>(
    name: string,
    reply: FastifyReply,
    act: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const changed = withoutLatest(name);
    if (changing.has(changed)) {
      const message = `model ${name} is being changed already; wait until that is done`;
      throw new WeirError("NOT_READY", message, { retryAfterMs: 1_000 });
    }
    changing.add(changed);
    const signal = abortOnClose(reply);
    try {
      return await act(signal);
    } catch (error) {
      if (signal.aborted)
        throw new WeirError("CANCELLED", `the client went away while model ${name} was changed`);
      throw toRequestMistake(error);
    } finally {
      changing.delete(changed);
    }
  }

  const findServed = (name: string): AdminModel | undefined =>
    admin.list().find((candidate) => withoutLatest(candidate.name) === withoutLatest(name));

  function find(name: string): AdminModel {
    const found = findServed(name);
    if (found !== undefined) return found;
    const served = admin.list().map((candidate) => candidate.name);
    const alias = admin.aliasOf(name);
    const what = alias === undefined ? "" : `, and neither is ${alias}, whose alias that is`;
    const message = `model "${name}" is not served here${what}; served: ${served.join(", ") || "none"}`;
    throw new WeirError("MODEL_NOT_FOUND", message, { field: "name" });
  }

  app.get(
    "/admin/models",
    {
      schema: {
        summary: "The models and their states",
        tags,
        response: { 200: Type.Object({ models: Type.Array(model) }) },
      },
    },
    () => ({ models: admin.list() }),
  );

  app.post<{ Body: unknown }>(
    "/admin/models",
    {
      schema: {
        summary: "Load a further model",
        tags,
        body: Type.Object({ name: Type.String(), ...source }),
        response: { 201: model },
      },
    },
    async (request, reply) => {
      const asked = parseModelSource(request.body, ["name"]);
      const name = parseModelName((request.body as { name?: unknown }).name);
      const served = findServed(name);
      if (served !== undefined) {
        const message = `a model named ${served.name} is served already; PUT /admin/models/${encodeURIComponent(served.name)} swaps it`;
        throw new WeirError("INVALID_REQUEST", message, { field: "name" });
      }
      const alias = admin.aliasOf(name);
      if (alias !== undefined) {
        const message = `name: expected one that is free, got ${name}, an alias of ${alias}. Choose another name, or swap that model with PUT /admin/models/${encodeURIComponent(alias)}`;
        throw new WeirError("INVALID_REQUEST", message, { field: "name" });
      }
      const loaded = await change(name, reply, (signal) => admin.load(name, asked, signal));
      return reply.code(201).send(loaded);
    },
  );

  app.put<{ Params: { name: string }; Body: unknown }>(
    "/admin/models/:name",
    {
      schema: {
        summary: "Swap a model for another, without a failed request",
        tags,
        params: byName,
        body: Type.Object(source),
        response: { 200: model },
      },
    },
    async (request, reply) => {
      const asked = parseModelSource(request.body);
      const { name } = find(admin.aliasOf(request.params.name) ?? request.params.name);
      return reply.send(await change(name, reply, (signal) => admin.swap(name, asked, signal)));
    },
  );

  app.delete<{ Params: { name: string } }>(
    "/admin/models/:name",
    {
      schema: {
        summary: "Finish a model's jobs and unload it",
        tags,
        params: byName,
        response: { 200: Type.Object({ unloaded: Type.String() }) },
      },
    },
    async (request, reply) => {
      const alias = admin.aliasOf(request.params.name);
      // Whoever means the name alone would lose a model that others ask for.
      if (alias !== undefined && findServed(alias) !== undefined) {
        const message = `${request.params.name} is an alias of ${alias}, which serves under its own name as well; to unload it: DELETE /admin/models/${encodeURIComponent(alias)}`;
        throw new WeirError("INVALID_REQUEST", message, { field: "name" });
      }
      const { name } = find(request.params.name);
      await change(name, reply, (signal) => admin.unload(name, signal));
      return reply.send({ unloaded: name });
    },
  );
}

/** What makes a server that starts with a model end is, of a model that a request named, the request's mistake. */
function toRequestMistake(error: unknown): unknown {
  const mistakes: readonly unknown[] = ["MODEL_INVALID", "ENGINE_MISSING", "USAGE", "LOOP_DETECTED"];
  return error instanceof WeirError && mistakes.includes(error.code)
    ? new WeirError("INVALID_REQUEST", error.message, { field: "path", cause: error })
    : error;
}
