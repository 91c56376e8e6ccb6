import type { AgentRecord } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { ChatMemory } from "../../models/chat-backend.ts";
import { grants } from "../../security/scopes.ts";
import { assertServing, type Service } from "../service.ts";

/** An agent, and where it is remembered. */
interface FoundAgent {
  readonly model: string;
  readonly memory: ChatMemory;
  readonly record: AgentRecord;
}

interface AgentRoute {
  Params: { id: string };
  Querystring: { model?: string; key?: string };
}

/**
 * The conversations that the server remembers: listed, saved to disk, forgotten. A key sees its own, one with the scope admin
 * those of all keys.
 */
export function addAgentRoutes(app: FastifyInstance, service: Service): void {
  const tags = ["agents"];
  const querystring = Type.Object({
    model: Type.Optional(Type.String({ description: "Of this model only." })),
    key: Type.Optional(Type.String({ description: "Of this key only; for keys with the scope admin." })),
  });
  const params = Type.Object({ id: Type.String() });

  /** Those that a request may see, most recently used first. */
  async function listVisible(request: FastifyRequest): Promise<FoundAgent[]> {
    assertServing(service);
    const { model: asked, key } = request.query as AgentRoute["Querystring"];
    const { registry } = service;
    const chats = registry.models.filter((model) => model.kind === "chat");
    const chosen = asked === undefined ? chats : [registry.resolve("chat", asked)];
    const keyId = toVisibleKey(request, key);
    const found = await Promise.all(
      chosen.map(async ({ name, memory }) => {
        const records = (await memory?.listAgents(keyId)) ?? [];
        return records.map((record) => ({ model: name, memory: memory!, record }));
      }),
    );
    return found.flat().toSorted((one, other) => other.record.lastUsedAtMs - one.record.lastUsedAtMs);
  }

  async function findAll(request: FastifyRequest<AgentRoute>): Promise<readonly FoundAgent[]> {
    const { id } = request.params;
    const found = (await listVisible(request)).filter(({ record }) => record.id === id);
    if (found.length === 0) throw toNotFound(id);
    return found;
  }

  app.get(
    "/v1/agents",
    { schema: { summary: "The conversations that are remembered", tags, querystring } },
    async (request, reply) => {
      const data = (await listVisible(request)).map(describeAgent);
      return reply.send({ object: "list", data });
    },
  );

  app.get<AgentRoute>(
    "/v1/agents/:id",
    { schema: { summary: "One conversation, the one used last of that id", tags, params, querystring } },
    async (request, reply) => reply.send(describeAgent((await findAll(request))[0]!)),
  );

  app.post<AgentRoute>(
    "/v1/agents/:id/save",
    { schema: { summary: "Write a conversation's state to disk now", tags, params, querystring } },
    async (request, reply) => {
      const [{ model, memory, record }] = (await findAll(request)) as [FoundAgent];
      const saved = await memory.saveAgent(record.keyId, record.id);
      if (saved === undefined) throw toNotFound(record.id);
      return reply.send(describeAgent({ model, memory, record: saved }));
    },
  );

  app.delete<AgentRoute>(
    "/v1/agents/:id",
    { schema: { summary: "Forget a conversation, its state on disk included", tags, params, querystring } },
    async (request, reply) => {
      const found = await findAll(request);
      const forgotten = await Promise.all(
        found.map(({ memory, record }) => memory.deleteAgent(record.keyId, record.id)),
      );
      return reply.send({ id: request.params.id, object: "agent", deleted: forgotten.some(Boolean) });
    },
  );
}

/** Whose agents a request sees: undefined for those of all keys. Throws FORBIDDEN. */
function toVisibleKey({ apiKey }: FastifyRequest, asked: string | undefined): string | undefined {
  const own = apiKey?.id ?? "";
  if (apiKey !== undefined && grants(apiKey.scopes, "admin")) return asked;
  if (asked === undefined || asked === own) return own;
  const who = own === "" ? "a request without a key" : `key ${own}`;
  const message = `${who} sees its own agents only, got ?key=${asked.slice(0, 100)}; ask with a key of the scope admin`;
  throw new WeirError("FORBIDDEN", message);
}

function toNotFound(id: string): WeirError {
  const shown = JSON.stringify(id.length > 100 ? `${id.slice(0, 100)}...` : id);
  return new WeirError("AGENT_NOT_FOUND", `no agent ${shown} is remembered here; GET /v1/agents lists them`);
}

function describeAgent({ model, record }: FoundAgent): Readonly<Record<string, unknown>> {
  return {
    id: record.id,
    object: "agent",
    model,
    key: record.keyId === "" ? null : record.keyId,
    state: record.state,
    tokens: record.tokens,
    disk_bytes: record.diskBytes,
    turns: record.turns,
    reused_tokens: record.reusedTokens,
    evaluated_tokens: record.evaluatedTokens,
    last_used_at: new Date(record.lastUsedAtMs).toISOString(),
  };
}
