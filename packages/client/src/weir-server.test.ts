import { vi, afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWeir } from "@weir/testkit";
import { createClient, type Client } from "./create-client.ts";
import type { ClientOptions } from "./client-options.ts";
import { vectorAt } from "./embed-list.ts";

type Weir = Awaited<ReturnType<typeof startWeir>>;

/** The client against a real server, whose echo engine gives every text a vector of its own. */
describe("against a Weir server", () => {
  let weir: Weir;
  const clientWith = (options: Partial<ClientOptions> = {}): Client =>
    createClient({ url: weir.url, ...options });

  beforeAll(async () => {
    weir = await startWeir({ echo: { failWord: "!fail", nanWord: "!nan" } });
  });
  afterAll(() => weir[Symbol.asyncDispose]());

  const words = Array.from({ length: 70 }, (_, index) => `word${index}`);

  it("gives the same bits whatever the batches", async () => {
    const whole = await clientWith({ batchSize: 70 }).embed(words);
    const cut = await clientWith({ batchSize: 7, concurrency: 4 }).embed(words);
    expect(whole.vectors).toMatchObject({ count: 70, dimensions: 8 });
    expect(cut).toEqual(whole);
    expect(whole).toMatchObject({ inputTokens: 210, truncated: 0, changes: [], failures: [] });
    expect(new Set(words.map((_, index) => String(vectorAt(whole.vectors, index)))).size).toBe(70);
  });

  it.each(["openai", "sidecar", "tei", "ollama"] as const)("speaks the %s dialect", async (dialect) => {
    const expected = await clientWith().embed(words);
    const options = { dialect, ...(dialect === "ollama" ? { model: "echo" } : {}) };
    expect((await clientWith(options).embed(words)).vectors).toEqual(expected.vectors);
  });

  it("gets the model's own lengths where the dialect can ask for them", async () => {
    const raw = await clientWith({ dialect: "sidecar", normalize: false }).embed(["one"]);
    const unit = await clientWith({ dialect: "sidecar" }).embed(["one"]);
    const length = Math.hypot(...raw.vectors.values);
    expect(Math.abs(length - 1)).toBeGreaterThan(0.01);
    for (const [index, value] of unit.vectors.values.entries()) {
      expect(value).toBeCloseTo(raw.vectors.values[index]! / length, 6);
    }
  });

  it("asks for fewer dimensions", async () => {
    const { vectors } = await clientWith({ dimensions: 3 }).embed(["one", "two"]);
    expect(vectors).toMatchObject({ count: 2, dimensions: 3 });
    expect(Math.hypot(...vectorAt(vectors, 1))).toBeCloseTo(1, 6);
  });

  it.each(["!fail", "!nan"])("finds the text with %s in it, and keeps the others", async (word) => {
    const texts = words.with(41, `please ${word} now`).with(45, word);
    await expect(clientWith({ retries: 0 }).embed(texts)).rejects.toMatchObject({
      code: "ENGINE_FAILED",
      field: "texts[41]",
      message: expect.stringMatching(/^texts\[41\]: http.* answered 500: /) as string,
    });
    const expected = await clientWith().embed(words);
    const { vectors, failures } = await clientWith({ retries: 0 }).embed(texts, { onError: "collect" });
    expect(failures.map(({ index, error }) => [index, error.field])).toEqual([
      [41, "texts[41]"],
      [45, "texts[45]"],
    ]);
    for (const index of words.keys()) {
      const failed = index === 41 || index === 45;
      const row = vectorAt(expected.vectors, index);
      expect(vectorAt(vectors, index)).toEqual(failed ? row.map(() => Number.NaN) : row);
    }
  });

  it("takes the server's word for which text is empty", async () => {
    const fetched = vi.spyOn(globalThis, "fetch");
    await expect(clientWith().embed(words.with(40, ""))).rejects.toMatchObject({
      code: "EMPTY_INPUT",
      field: "texts[40]",
    });
    // One batch that is fine, one that is not: nothing had to be searched for.
    expect(fetched).toHaveBeenCalledTimes(2);
    fetched.mockRestore();
    const { failures } = await clientWith().embed(words.with(0, "").with(69, ""), { onError: "collect" });
    expect(failures.map(({ index }) => index)).toEqual([0, 69]);
  });

  it("names the text that has more tokens than the model takes, where it may not be cut", async () => {
    const texts = words.with(50, "long ".repeat(100));
    const { truncated } = await clientWith().embed(texts);
    expect(truncated).toBe(1);
    await expect(clientWith({ allowTruncation: false }).embed(texts)).rejects.toMatchObject({
      code: "INPUT_TOO_LONG",
      field: "texts[50]",
    });
  });

  it("lists the models and says that it is ready", async () => {
    const models = await clientWith().models();
    expect(models).toEqual([{ name: "echo", createdAt: expect.any(Date) as Date }]);
    expect(await clientWith().health()).toEqual({ kind: "ready" });
  });
});

it("fits a server that takes fewer texts and smaller bodies than it sends", async () => {
  await using weir = await startWeir({ limits: { inputs: 5, bodyBytes: 2_000 } });
  const texts = Array.from({ length: 32 }, (_, index) => `${index} ${"x".repeat(500)}`);
  const { vectors, failures } = await createClient({ url: weir.url }).embed(texts);
  expect([vectors.count, failures]).toEqual([32, []]);
});

it("finds the text that kills the model's process", async () => {
  await using weir = await startWeir({ echo: { crashWord: "!crash" } });
  const texts = ["one", "!crash"];
  // As many attempts as a restart may take; the server says when to come back.
  const client = createClient({ url: weir.url, retries: 20 });
  const { failures, vectors } = await client.embed(texts, { onError: "collect" });
  expect(failures.map(({ index, error }) => [index, error.code])).toEqual([[1, "REPLICA_LOST"]]);
  const { vectors: expected } = await client.embed(["one"]);
  expect(vectorAt(vectors, 0)).toEqual(expected.values);
}, 60_000);
