import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue } from "@weir/engine";
import { describe, expect, it } from "vitest";
import { hearChat, toChatRequest, useEchoChat } from "../fixtures/echo-chat.ts";
import type { ChatPool } from "./chat-pool.ts";

const startEcho = useEchoChat();
const { signal } = new AbortController();

function ask(pool: ChatPool, text: string, heard = hearChat(), id = "agent") {
  return pool.chat({ request: toChatRequest(text), agent: { keyId: "key", id }, rank: 0 }, heard, signal);
}

describe("a chat model in a process of its own", () => {
  it("streams an answer token by token, with what is known before the first", async () => {
    await using pool = await startEcho();
    const heard = hearChat();
    const work = await ask(pool, "one two three", heard);
    expect(heard.text).toBe("one two three");
    expect(heard.starts).toEqual([{ inputTokens: 4, cachedInputTokens: 0 }]);
    expect(heard.events.map(({ kind }) => kind)).toEqual(["text", "text", "text", "finish"]);
    expect(work).toMatchObject({ inputTokens: 4, outputTokens: 3, reuse: "none" });
    expect(pool.slots).toBe(4);
    expect(pool.replicas).toMatchObject([{ kind: "ready", jobsDone: 1 }]);
  });

  it("knows an agent again, says what it remembers, and forgets it", async () => {
    await using pool = await startEcho();
    await ask(pool, "one two three");
    expect(await ask(pool, "one two three")).toMatchObject({ cachedInputTokens: 3, reuse: "hot" });
    expect(pool.memory.stats).toMatchObject({ hotAgents: 1, reusedTokens: 3 });
    expect(await pool.memory.listAgents("key")).toMatchObject([{ id: "agent", turns: 2, state: "hot" }]);
    expect(await pool.memory.listAgents("other")).toEqual([]);
    expect(await pool.memory.saveAgent("key", "nobody")).toBeUndefined();
    expect(await pool.memory.deleteAgent("key", "agent")).toBe(true);
    expect(await pool.memory.listAgents(undefined)).toEqual([]);
    expect(await pool.countTokens(toChatRequest("one two"), signal)).toBe(3);
  });

  it("lets go of an answer that nobody wants, and takes the next", async () => {
    await using pool = await startEcho({ tokenGapMs: 60_000, slowText: "slow" }, { sequences: 1 });
    const client = new AbortController();
    const heard = hearChat();
    const job = { request: toChatRequest("slow answer"), agent: { keyId: "", id: undefined }, rank: 0 };
    const asked = pool.chat(job, heard, client.signal);
    await heard.begun;
    client.abort();
    await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await ask(pool, "word")).toMatchObject({ outputTokens: 1 });
  });

  it("passes on what the engine throws", async () => {
    await using pool = await startEcho({ failText: "bad" }, { contextTokens: 16 });
    await expect(ask(pool, "a bad word")).rejects.toMatchObject({ code: "ENGINE_FAILED" });
    const long = ask(pool, "word ".repeat(20));
    await expect(long).rejects.toMatchObject({ code: "INPUT_TOO_LONG", field: "messages" });
  });

  it("refuses what cannot be sent to the process, and keeps nothing of it", async () => {
    await using pool = await startEcho();
    let deep: JsonValue = {};
    for (let depth = 0; depth < 20_000; depth += 1) deep = { deep };
    const request = {
      ...toChatRequest("word"),
      tools: [{ name: "deep", description: "", parameters: deep }],
    };
    const job = { request, agent: { keyId: "", id: undefined }, rank: 0 };
    await expect(pool.chat(job, hearChat(), signal)).rejects.toThrow(RangeError);
    // What still waited for an answer would fail here, unheard.
    process.kill(pool.replicas[0]!.pid!, "SIGKILL");
    while (pool.state.kind === "ready") await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("fails an answer whose process ends in the middle, and is there again", async () => {
    await using pool = await startEcho({ tokenGapMs: 60_000, slowText: "slow" });
    const heard = hearChat();
    const asked = ask(pool, "slow answer", heard);
    await heard.begun;
    process.kill(pool.replicas[0]!.pid!, "SIGKILL");
    await expect(asked).rejects.toMatchObject({ code: "REPLICA_LOST" });
    while (pool.state.kind !== "ready") await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await ask(pool, "word")).toMatchObject({ outputTokens: 1 });
    expect(pool.state).toMatchObject({ kind: "ready", restarts: 1 });
  });

  it("asks the next process for an answer that had not begun, once", async () => {
    await using pool = await startEcho({ promptTokensPerMs: 0.003, slowText: "slow" });
    const heard = hearChat();
    // Three words of a prompt are read in one second.
    const asked = ask(pool, "slow answer", heard);
    while (pool.replicas[0]!.jobsUnderWay === 0 || heard.starts.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    process.kill(pool.replicas[0]!.pid!, "SIGKILL");
    expect(await asked).toMatchObject({ outputTokens: 2 });
    expect(heard.starts).toHaveLength(1);
  });

  it("fails what ends two processes", async () => {
    await using pool = await startEcho({ crashText: "crash" });
    await expect(ask(pool, "a crash")).rejects.toMatchObject({ code: "REPLICA_LOST" });
  });

  it("remembers its agents over a restart: they are written before the process ends", async () => {
    const directory = await mkdtemp(join(tmpdir(), "weir-test-"));
    try {
      const spec = { memory: { directory, diskBytes: 1e9 } };
      {
        await using pool = await startEcho({}, spec);
        await ask(pool, "one two three");
      }
      await using pool = await startEcho({}, spec);
      expect(await ask(pool, "one two three")).toMatchObject({ cachedInputTokens: 3, reuse: "disk" });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("is swapped for another without a failed answer", async () => {
    await using pool = await startEcho({ tokenGapMs: 20 });
    const before = pool.replicas[0]!.pid;
    const long = ask(pool, "word ".repeat(20));
    const next = { engineModule: pool.engineModule, spec: { path: "/", options: { answer: "changed" } } };
    await pool.swap(next, signal);
    const heard = hearChat();
    await ask(pool, "word", heard);
    expect(heard.text).toBe("changed");
    expect(await long).toMatchObject({ outputTokens: 20 });
    expect(pool.replicas[0]!.pid).not.toBe(before);
  });
});
