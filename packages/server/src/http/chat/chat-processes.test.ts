import { createEchoChatServer } from "../../fixtures/serve-echo-chat.ts";
import { describe, expect, it } from "vitest";

describe("a chat model in a process of its own, over HTTP", () => {
  it("answers, says what it remembers at /health/ready and in metrics, and is listed as what it is", async () => {
    await using weir = await createEchoChatServer();
    const first = await weir.ask("one two three", { "x-agent-id": "a" });
    expect(first.choices[0].message.content).toBe("one two three");
    const second = await weir.ask("one two three", { "x-agent-id": "a" });
    expect(second.usage.prompt_tokens_details.cached_tokens).toBe(3);
    const ready = await weir.get("/health/ready");
    expect(ready.memory.chat).toMatchObject({
      hot_agents: 1,
      reused_tokens: 3,
      pool_capacity_tokens: 32_768,
    });
    const { models } = await weir.get("/health");
    expect(models).toMatchObject([
      { name: "chat", kind: "chat", context_tokens: 8_192, sequences: 4, queue: { slots: 4 } },
    ]);
    expect((await weir.get("/api/tags")).models).toMatchObject([
      { name: "chat", details: { format: "gguf", family: "echo" } },
    ]);
    expect((await weir.get("/api/ps")).models).toHaveLength(1);
    expect(await weir.get("/info")).toMatchObject({ model: "chat", kind: "chat" });
  });

  it("sleeps and wakes, and an agent that it knew is known", async () => {
    await using weir = await createEchoChatServer({ keepAliveMs: 600_000 });
    await weir.ask("one two");
    expect(await weir.post("/api/generate", { model: "chat", keep_alive: 0 })).toMatchObject({
      done_reason: "unload",
    });
    expect((await weir.get("/health")).models).toMatchObject([{ state: "asleep" }]);
    expect((await weir.ask("one two")).choices[0].message.content).toBe("one two");
  });
});
