import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { startWeir } from "@weir/testkit";
import { createClient } from "./create-client.ts";
import type { TextOutcome } from "./embed-texts.ts";
import { answerVectors, startServer } from "./fixtures/text-server.ts";

describe("embedStream", () => {
  it("yields what embed gives, in order, from any source", async () => {
    await using weir = await startWeir();
    const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`);
    const client = createClient({ url: weir.url, batchSize: 4, concurrency: 3 });
    const { vectors } = await client.embed(texts);
    async function* slowly(): AsyncGenerator<string> {
      for (const text of texts) {
        await new Promise((resolve) => setImmediate(resolve));
        yield text;
      }
    }
    for (const source of [texts, new Set(texts), slowly()]) {
      const outcomes: TextOutcome[] = [];
      for await (const outcome of client.embedStream(source)) outcomes.push(outcome);
      expect(outcomes).toEqual(
        texts.map((text, index) => ({
          kind: "embedded",
          index,
          text,
          vector: vectors.values.slice(index * 8, (index + 1) * 8),
          change: undefined,
        })),
      );
    }
  });

  it("reads no further ahead than two batches for each request in flight", async () => {
    await using server = await startServer(answerVectors);
    let read = 0;
    function* endless(): Generator<string> {
      for (;;) yield String(read++);
    }
    const client = createClient({ url: server.url, batchSize: 5, concurrency: 2 });
    let taken = 0;
    let most = 0;
    for await (const { index } of client.embedStream(endless())) {
      expect(index).toBe(taken++);
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, read - taken);
      if (taken === 200) break;
    }
    // Four batches held, one being handed out, one text in the reader's hand.
    expect(most).toBeLessThanOrEqual(5 * 5 + 1);
    expect(most).toBeGreaterThan(5);
  });

  it("closes the source and cancels what is under way when the loop is left", async () => {
    let closed = false;
    function* endless(): Generator<string> {
      try {
        for (let index = 0; ; index += 1) yield String(index);
      } finally {
        closed = true;
      }
    }
    const cancelled: Promise<unknown>[] = [];
    await using server = await startServer((texts, response) => {
      if (texts[0] === "0") answerVectors(texts, response);
      else cancelled.push(once(response, "close"));
    });
    const client = createClient({ url: server.url, batchSize: 1, concurrency: 3 });
    for await (const outcome of client.embedStream(endless())) {
      expect(outcome.index).toBe(0);
      while (cancelled.length < 2) await new Promise((resolve) => setImmediate(resolve));
      break;
    }
    expect(closed).toBe(true);
    await Promise.all(cancelled);
  });

  it("goes on past a text that fails when asked to collect", async () => {
    await using weir = await startWeir({ echo: { failWord: "!fail" } });
    const client = createClient({ url: weir.url, batchSize: 4, retries: 0, textSizeLimit: 20 });
    const texts = ["a", "b", "!fail", "c", "x".repeat(21), "d", 7 as unknown as string];
    const seen: unknown[] = [];
    for await (const outcome of client.embedStream(texts, { onError: "collect" })) {
      seen.push(outcome.kind === "embedded" ? outcome.text : [outcome.error.code, outcome.error.field]);
    }
    expect(seen).toEqual([
      "a",
      "b",
      ["ENGINE_FAILED", "texts[2]"],
      "c",
      ["INPUT_TOO_LONG", "texts[4]"],
      "d",
      ["INVALID_REQUEST", "texts[6]"],
    ]);
    await expect(client.embedStream(texts).next()).rejects.toMatchObject({ code: "ENGINE_FAILED" });
  });
});

describe("textSizeLimit", () => {
  it("refuses a longer text before anything is sent", async () => {
    const client = createClient({ url: "http://127.0.0.1:1", preset: "interactive" });
    await expect(client.embed(["a", "x".repeat(1_001)])).rejects.toMatchObject({
      code: "INPUT_TOO_LONG",
      field: "texts[1]",
      message:
        "texts[1]: expected at most 1000 characters (textSizeLimit), got 1001. " +
        'Shorten it, raise the limit, or set longTexts to "truncate" or "split".',
    });
  });

  it("embeds the beginning, and says of which text", async () => {
    await using weir = await startWeir();
    const client = createClient({ url: weir.url, textSizeLimit: 7, longTexts: "truncate" });
    const { vectors, changes } = await client.embed(["one two three", "one two", "one two"]);
    expect(changes).toEqual([{ kind: "truncated", index: 0, characters: 13, keptCharacters: 7 }]);
    expect(vectors.values.subarray(0, 8)).toEqual(vectors.values.subarray(8, 16));
  });

  it("embeds pieces, also across batches, and gives their weighted mean", async () => {
    await using weir = await startWeir();
    const url = weir.url;
    const text = "one two three four five six seven";
    const client = createClient({ url, textSizeLimit: 8, longTexts: "split", batchSize: 2 });
    const { vectors, changes } = await client.embed(["first", text, "last"]);
    const [change] = changes;
    if (change?.kind !== "split") throw new Error(`expected a split, got ${change?.kind}`);
    expect(changes).toHaveLength(1);
    const bodies = change.pieces.map(({ start, end }) => text.slice(start, end));
    expect(bodies.length).toBeGreaterThan(3);
    expect(bodies.join("")).toBe(text);
    const plain = await createClient({ url }).embed([...bodies, "first", "last"]);
    expect(change.pieceVectors.values).toEqual(plain.vectors.values.slice(0, bodies.length * 8));
    expect(vectors.values.slice(0, 8)).toEqual(plain.vectors.values.slice(-16, -8));
    expect(vectors.values.slice(16)).toEqual(plain.vectors.values.slice(-8));
    const mean = Array.from({ length: 8 }, (_, column) =>
      bodies.reduce((sum, { length }, row) => sum + length * plain.vectors.values[row * 8 + column]!, 0),
    );
    const length = Math.hypot(...mean);
    for (const [column, value] of mean.entries()) {
      expect(vectors.values[8 + column]).toBeCloseTo(value / length, 6);
    }
  });
});
