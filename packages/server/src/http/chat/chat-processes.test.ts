import { describe, expect, it } from "vitest";
import { echoChatModule } from "../../fixtures/echo-chat.ts";
import { createEchoChatServer } from "../../fixtures/serve-echo-chat.ts";

describe("a chat model in a process of its own, over HTTP", () => {
  it("answers, says what it remembers at /health/ready and in metrics, and is listed as what it is", async () => {
    await using weir = await createEchoChatServer();
    // What was computed to see that the model works is nobody's.
    expect((await weir.get("/health/ready")).memory.chat).toMatchObject({
      hot_agents: 0,
      evaluated_tokens: 0,
    });
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

describe("a chat model that is changed while it serves", () => {
  it("is swapped through /admin/models without a failed answer", async () => {
    await using weir = await createEchoChatServer({
      echo: { tokenGapMs: 5 },
      launchToken: "token",
      locateModel: async (answer) => ({
        chat: { engineModule: echoChatModule, spec: { path: "/", options: { answer } } },
      }),
    });
    const admin = { "x-launch-token": "token" };
    const under = Array.from({ length: 12 }, () => weir.ask("word ".repeat(40)));
    const swapped = await fetch(`${weir.server.url}/admin/models/chat`, {
      method: "PUT",
      headers: { "content-type": "application/json", ...admin },
      body: JSON.stringify({ path: "changed" }),
    });
    expect(swapped.status).toBe(200);
    expect((await weir.ask("word")).choices[0].message.content).toBe("changed");
    for (const answer of await Promise.all(under)) expect(answer.choices[0].finish_reason).toBe("stop");
    const listed = await fetch(`${weir.server.url}/admin/models`, { headers: admin });
    expect(await listed.json()).toMatchObject({ models: [{ name: "chat", state: "ready", replicas: 1 }] });
    const wrong = await fetch(`${weir.server.url}/admin/models/chat`, {
      method: "PUT",
      headers: { "content-type": "application/json", ...admin },
      body: JSON.stringify({ path: "changed", replicas: 2 }),
    });
    expect(wrong.status).toBe(400);
  });

  it("tells a client in the middle of its answer that the process is gone, within a second, and serves on", async () => {
    await using weir = await createEchoChatServer({ echo: { tokenGapMs: 60_000, slowText: "slow" } });
    const body = { model: "chat", stream: true, messages: [{ role: "user", content: "slow answer" }] };
    const answer = await fetch(`${weir.server.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("slow")) text += (await reader.read()).value ?? "";
    const { models } = await weir.get("/health");
    process.kill(models[0].replicas[0].pid, "SIGKILL");
    for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
    expect(text).toContain('"error"');
    expect((await weir.ask("word")).choices[0].message.content).toBe("word");
  });
});
