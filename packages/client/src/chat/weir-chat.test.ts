import { startWeir } from "@weir/testkit";
import type { ChatDialectName } from "@weir/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, type Client } from "../create-client.ts";

type Weir = Awaited<ReturnType<typeof startWeir>>;

/** The client against a real server, whose echo chat engine says what it was told. */
describe("against a Weir server", () => {
  let weir: Weir;
  let client: Client;

  beforeAll(async () => {
    const spec = {
      path: "/",
      options: { failText: "!fail", crashText: "!crash", crashAfterTokens: 3, tokenGapMs: 2 },
    };
    const engineModule = import.meta.resolve("@weir/engine/echo-chat");
    weir = await startWeir({ models: [{ name: "chat", chat: { engineModule, spec } }] });
    client = createClient({ url: weir.url, model: "chat" });
  });
  afterAll(() => weir[Symbol.asyncDispose]());

  it.each<ChatDialectName>(["openai", "anthropic", "ollama", "ollama-generate"])(
    "streams in %s, and gives the same whole",
    async (dialect) => {
      const input = { messages: 'the "river"\nholds 河 😀', maxTokens: 100 };
      const pieces: string[] = [];
      for await (const piece of client.chat(input, { dialect }).texts()) pieces.push(piece);
      const reply = await client.chat(input, { dialect, stream: false }).result();
      expect(pieces.join("")).toBe(reply.text);
      expect(reply.text).toContain("holds 河 😀");
      expect(reply.usage?.inputTokens).toBeGreaterThan(0);
      expect(reply.usage?.outputTokens).toBeGreaterThan(0);
    },
  );

  it("what an agent said before is found again", async () => {
    const messages = [
      { role: "system", content: "You keep the gauge of a river and say how deep it is." },
      { role: "user", content: "How deep is it today?" },
    ] as const;
    const options = { agentId: "otter" };
    const first = await client.chat(messages, options).result();
    const turns = [
      ...messages,
      { role: "assistant", content: first.text },
      { role: "user", content: "And now?" },
    ] as const;
    const second = await client.chat(turns, options).result();
    expect(first.usage?.cachedInputTokens).toBe(0);
    expect(second.usage?.cachedInputTokens).toBeGreaterThan(0);
  });

  it("gives the server's own errors: before an answer and within it", async () => {
    const once = createClient({ url: weir.url, model: "chat", retries: 0 });
    await expect(once.chat("!fail").text()).rejects.toThrow(
      expect.objectContaining({ code: "ENGINE_FAILED" }),
    );
    await expect(once.chat({ model: "none", messages: "?" }).text()).rejects.toThrow(
      expect.objectContaining({ code: "MODEL_NOT_FOUND" }),
    );
    const pieces: string[] = [];
    await expect(
      (async () => {
        for await (const piece of once.chat("one two three four five !crash").texts()) pieces.push(piece);
      })(),
    ).rejects.toThrow(expect.objectContaining({ code: "REPLICA_LOST" }));
    expect(pieces.length).toBeGreaterThan(0);
    // It is back by itself; what is refused meanwhile may be sent again.
    expect(await createClient({ url: weir.url, model: "chat", retries: 8 }).chat("back").text()).toContain(
      "back",
    );
  });
});
