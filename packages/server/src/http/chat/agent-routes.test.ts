import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../security/api-key.ts";
import { writeKeysFile } from "../../security/keys-file.ts";
import { serveChat, type ServedChat } from "./fixtures/serve-chat.ts";

const one = createApiKey({ name: "one", scopes: ["infer"] });
const two = createApiKey({ name: "two", scopes: ["infer"] });
const admin = createApiKey({ name: "admin", scopes: ["admin"] });

let weir: ServedChat;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
  const apiKeysFile = join(directory, "keys.json");
  await writeKeysFile(
    apiKeysFile,
    [one, two, admin].map(({ record }) => record),
  );
  weir = await serveChat({ security: { apiKeysFile } });
  for (const { key } of [one, two]) await chat(key, { "x-agent-id": "shared/name" });
});
afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function ask(
  key: string,
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: object; body?: object } = {},
): Promise<{ status: number; body: Record<string, unknown> & { data: { id: string }[] } }> {
  const answer = await fetch(weir.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as never };
}

function chat(
  key: string,
  headers: Record<string, string>,
  fields: object = {},
  path = "/v1/chat/completions",
) {
  const body = {
    model: "echo-chat",
    max_tokens: 8,
    messages: [{ role: "user", content: "a b c" }],
    ...fields,
  };
  return ask(key, path, { method: "POST", headers, body });
}

const listIds = async (key: string): Promise<string[]> =>
  (await ask(key, "/v1/agents")).body.data.map(({ id }) => id);

describe("agents", () => {
  it("are known by the first of the headers and the body's fields", async () => {
    const { key } = two;
    const fields = { session_id: "c", prompt_cache_key: "d", user: "e" };
    await chat(key, { "x-agent-id": "a", "x-session-id": "b" }, fields);
    await chat(key, { "x-session-id": "b" }, fields);
    await chat(key, {}, fields);
    await chat(key, {}, { prompt_cache_key: "d", user: "e" });
    await chat(key, {}, { user: "e" });
    const metadata = { user_id: "f" };
    await chat(key, {}, { metadata }, "/v1/messages");
    await chat(key, {}, { session_id: "g", stream: false }, "/api/chat");
    expect((await listIds(key)).slice(0, 4)).toEqual(["g", "f", "e", "d"]);
    const known = await Promise.all(["a", "b", "c"].map((id) => ask(key, `/v1/agents/${id}`)));
    // Only as many as there are sequences stay, without a folder for the others.
    expect(known.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await chat(key, { "x-agent-id": "x".repeat(600) })).status).toBe(400);
  });

  it("are seen by their own key only, or by one with the scope admin", async () => {
    await chat(one.key, { "x-agent-id": "shared/name" });
    await chat(two.key, { "x-agent-id": "shared/name" });
    expect(await listIds(one.key)).toEqual(["shared/name"]);
    expect((await ask(two.key, `/v1/agents?key=${one.record.id}`)).status).toBe(403);
    const all = (await ask(admin.key, "/v1/agents")).body.data as unknown as { key: string }[];
    expect(new Set(all.map(({ key }) => key))).toEqual(new Set([one.record.id, two.record.id]));
    const { body } = await ask(admin.key, `/v1/agents?key=${one.record.id}`);
    expect(body.data).toHaveLength(1);
  });

  it("are shown, saved and forgotten one by one", async () => {
    await chat(one.key, { "x-agent-id": "shared/name" });
    await chat(two.key, { "x-agent-id": "shared/name" });
    const path = `/v1/agents/${encodeURIComponent("shared/name")}`;
    expect((await ask(one.key, path)).body).toMatchObject({
      id: "shared/name",
      object: "agent",
      model: "echo-chat",
      key: one.record.id,
      state: "hot",
      tokens: 7,
      last_used_at: expect.stringMatching(/Z$/),
    });
    expect((await ask(one.key, `${path}/save`, { method: "POST" })).body).toMatchObject({
      id: "shared/name",
    });
    expect((await ask(one.key, path, { method: "DELETE" })).body).toEqual({
      id: "shared/name",
      object: "agent",
      deleted: true,
    });
    for (const method of ["GET", "DELETE"])
      expect(await ask(one.key, path, { method })).toMatchObject({
        status: 404,
        body: { error: { code: "agent_not_found" } },
      });
    expect((await ask(two.key, path)).status).toBe(200);
    expect((await ask(two.key, "/v1/agents?model=gpt-9")).status).toBe(404);
  });
});
