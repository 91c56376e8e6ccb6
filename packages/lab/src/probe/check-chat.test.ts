import { expect, it } from "vitest";
import { examineTarget } from "./examine-target.ts";
import { startChatTarget } from "./fixtures/start-chat-target.ts";

const models = {
  "/v1/models": () => ({ body: { object: "list", data: [{ id: "large", object: "model" }] } }),
  "/api/version": () => ({ body: { version: "1" } }),
  "/api/tags": () => ({ body: { models: [{ name: "large" }] } }),
};

it("a server that only chats is examined as that", async () => {
  await using target = await startChatTarget({ dialects: ["openai", "ollama"], get: models });
  const { checks, model, dialect } = await examineTarget(target.url);
  expect(model).toBe("large");
  expect(dialect).toBeUndefined();
  expect(checks.at(-1)).toMatchObject({ name: "dialects", state: "ok" });
  expect(checks.at(-1)?.detail).toMatch(
    /^chat, no embeddings: .*openai.* answered one token each, model large/,
  );
});

it("one that neither chats nor embeds fails, with what the embedding APIs said", async () => {
  await using target = await startChatTarget({ dialects: [], get: models });
  const { checks } = await examineTarget(target.url);
  expect(checks.at(-1)).toMatchObject({ name: "dialects", state: "fail" });
});

it("whoever names an API of embeddings is told of that", async () => {
  await using target = await startChatTarget({ dialects: ["openai"], get: models });
  const { checks } = await examineTarget(target.url, { dialect: "tei" });
  expect(checks.find(({ name }) => name === "dialects")).toMatchObject({ state: "fail" });
});
