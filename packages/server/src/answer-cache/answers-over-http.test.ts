import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWeir } from "@weir/testkit";
import { describe, expect, it } from "vitest";
import { until } from "../fixtures/http-user.ts";
import { echoModel, serveChat } from "../http/chat/fixtures/serve-chat.ts";
import { readMetrics } from "../observing/fixtures/clients.ts";
import { createApiKey } from "../security/api-key.ts";
import { writeKeysFile } from "../security/keys-file.ts";

const mode = "exact";

/** What the head says of the cache, and the body. */
async function ask(url: string, content: string, more: object = {}, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ temperature: 0, messages: [{ role: "user", content }], ...more });
  const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
  const read = (name: string): string | null => answer.headers.get(name);
  return {
    status: answer.status,
    cache: read("x-cache"),
    similarity: read("x-cache-similarity"),
    age: read("age"),
    body: await answer.text(),
  };
}

/** The text of an answer, whole or streamed. */
function toText(body: string): string {
  if (!body.startsWith("data:")) return JSON.parse(body).choices[0].message.content as string;
  const chunks = body.split("\n\n").filter((frame) => frame.startsWith("data: {"));
  return chunks
    .map((frame) => (JSON.parse(frame.slice(6)).choices[0]?.delta.content ?? "") as string)
    .join("");
}

describe("a server that keeps answers", () => {
  it("says where an answer is from, whole and streamed, in every dialect, and counts it", async () => {
    await using weir = await serveChat({ answerCache: { mode } });
    const missed = await ask(weir.url, "one two three");
    expect(missed).toMatchObject({ cache: "miss", similarity: null, age: null });
    const hit = await ask(weir.url, "one two three");
    expect(hit).toMatchObject({ cache: "hit", similarity: "1", age: "0" });
    expect(toText(hit.body)).toBe(toText(missed.body));
    expect(JSON.parse(hit.body).usage).toMatchObject({
      prompt_tokens: 4,
      completion_tokens: 3,
      prompt_tokens_details: { cached_tokens: 4 },
    });
    const streamed = await ask(weir.url, "one two three", { stream: true });
    expect(streamed).toMatchObject({ cache: "hit" });
    expect(toText(streamed.body)).toBe("one two three");
    expect(streamed.body).toMatch(/"finish_reason":"stop"[^]*data: \[DONE\]\n\n$/);
    const ollama = await fetch(`${weir.url}/api/chat`, {
      method: "POST",
      body: JSON.stringify({
        model: "echo-chat",
        options: { temperature: 0 },
        messages: [{ role: "user", content: "one two three" }],
      }),
    });
    expect(ollama.headers.get("x-cache")).toBe("hit");
    await ollama.text();
    expect(await ask(weir.url, "one two three", { temperature: 1 })).toMatchObject({ cache: null });

    const metrics = await readMetrics(weir.url);
    const model = "echo-chat";
    expect(metrics.value("weir_answer_cache_hits_total", { model, source: "exact" })).toBe(3);
    expect(metrics.value("weir_answer_cache_misses_total", { model })).toBe(1);
    expect(metrics.value("weir_answer_cache_passed_total", { model })).toBe(1);
    expect(metrics.value("weir_answer_cache_tokens_saved_total", { model, kind: "output" })).toBe(9);
    expect(metrics.value("weir_answer_cache_entries", {})).toBe(1);
    const health = await (await fetch(`${weir.url}/health`)).json();
    expect(health).toMatchObject({ answer_cache: { mode, entries: 1, models: [{ hits: 3, misses: 1 }] } });
  });

  it("answers what it knows without waking the model, and forgets it when told to", async () => {
    await using weir = await serveChat({ answerCache: { mode }, launchToken: "s3cret" });
    const { url, model } = weir;
    await ask(url, "one");
    await fetch(`${url}/api/generate`, {
      method: "POST",
      body: JSON.stringify({ model: "echo-chat", keep_alive: 0 }),
    });
    await until(() => model.state.kind === "asleep");
    expect(await ask(url, "one")).toMatchObject({ cache: "hit" });
    expect(model.state.kind).toBe("asleep");
    expect(await ask(url, "two")).toMatchObject({ cache: "miss" });
    expect(await ask(url, "one")).toMatchObject({ cache: "hit" });
    const cleared = await fetch(`${url}/admin/cache`, {
      method: "DELETE",
      headers: { authorization: "Bearer s3cret" },
    });
    expect(await cleared.json()).toEqual({ cleared: { ram: 0, disk: 0, answers: 2 } });
    expect(await ask(url, "one")).toMatchObject({ cache: "miss" });
  });

  it("never gives one key's answers to another", async () => {
    const directory = await mkdtemp(join(tmpdir(), "weir-answers-"));
    try {
      const keys = [
        createApiKey({ name: "a", scopes: ["infer"] }),
        createApiKey({ name: "b", scopes: ["infer"] }),
      ];
      const apiKeysFile = join(directory, "keys.json");
      await writeKeysFile(
        apiKeysFile,
        keys.map(({ record }) => record),
      );
      await using weir = await serveChat({ answerCache: { mode }, security: { apiKeysFile } });
      const [a, b] = keys.map(({ key }) => ({ authorization: `Bearer ${key}` }));
      expect(await ask(weir.url, "one", {}, a)).toMatchObject({ status: 200, cache: "miss" });
      expect(await ask(weir.url, "one", {}, b)).toMatchObject({ status: 200, cache: "miss" });
      expect(await ask(weir.url, "one", {}, a)).toMatchObject({ cache: "hit" });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("a server that keeps answers by what is meant", () => {
  // To the echo engine a text is its words, in whatever order.
  it("gives the answer to what is alike, with how alike it is", async () => {
    await using weir = await serveChat({ models: [echoModel], answerCache: { mode: "semantic" } });
    await ask(weir.url, "where is the weir");
    const alike = await ask(weir.url, "is the weir where");
    expect(alike).toMatchObject({ cache: "hit", similarity: "1" });
    expect(toText(alike.body)).toBe("where is the weir");
    const other = await ask(weir.url, "how deep is any river");
    expect(other).toMatchObject({ cache: "miss" });
    // Cut to what the embedding model reads they would be the same.
    const long = "word ".repeat(100);
    await ask(weir.url, `${long}one`);
    expect(await ask(weir.url, `${long}two`)).toMatchObject({ cache: "miss" });
    const metrics = await readMetrics(weir.url);
    const labels = { model: "echo-chat", source: "semantic" };
    expect(metrics.value("weir_answer_cache_hits_total", labels)).toBe(1);
  });

  it("does not start where no model says what is meant", async () => {
    const expected = {
      code: "USAGE",
      message: expect.stringContaining("expected an embedding model") as string,
    };
    const answerCache = { mode: "semantic" } as const;
    await expect(serveChat({ answerCache })).rejects.toMatchObject(expected);
    const ranker = { ...echoModel, spec: { path: "/", options: { labels: ["relevant"] } } };
    await expect(startWeir({ models: [ranker], answerCache })).rejects.toMatchObject(expected);
  });
});
