import { readFileSync } from "node:fs";
import { createInProcessEmbedder, type InProcessEmbedder } from "@weir/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realModelPath } from "./fixtures/real-model.ts";
import * as engine from "./index.ts";

interface GoldText {
  readonly name: string;
  readonly text: string;
  readonly usedTokens: number;
  readonly truncated: boolean;
  readonly tokenIds: readonly number[];
  readonly normalized: string;
  readonly meanPooled: string;
}

const path = realModelPath ?? "";
const title = `all-MiniLM-L6-v2 against sentence-transformers${
  realModelPath === undefined ? " (skipped: no real weights; set WEIR_SHARED_MODELS to a folder that has them)" : ""
}`;

describe.skipIf(realModelPath === undefined)(title, () => {
  let gold: readonly GoldText[];
  let embedder: InProcessEmbedder;

  beforeAll(async () => {
    ({ texts: gold } = JSON.parse(readFileSync(`${path}/gold.json`, "utf8")) as { texts: GoldText[] });
    embedder = await createInProcessEmbedder(engine, { path });
  });
  afterAll(async () => {
    await embedder?.[Symbol.asyncDispose]();
  });

  const embed = async (texts: readonly GoldText[], normalize = true) => {
    const inputs = { kind: "texts", texts: texts.map(({ text }) => text) } as const;
    return (await embedder.embed({ inputs, normalize })).vectors.values;
  };
  const expectGold = (texts: readonly GoldText[], values: Float32Array) => {
    texts.forEach(({ name, normalized }, row) => {
      const vector = values.subarray(row * 384, (row + 1) * 384);
      expect(cosine(vector, decode(normalized)), name).toBeGreaterThanOrEqual(0.99999);
    });
  };

  it("has the same tokens, counts and cuts", async () => {
    expect(gold).toHaveLength(65);
    const preparer = await engine.createEmbeddingPreparer({ path });
    for (const { name, text, tokenIds, usedTokens, truncated } of gold) {
      const prepared = preparer.prepare({ kind: "texts", texts: [text] }, { truncate: true });
      expect([...prepared.tokenIds], name).toEqual(tokenIds.slice(0, usedTokens));
      expect(prepared.truncated, name).toBe(truncated ? 1 : 0);
    }
  });

  it("has the same vectors one text at a time, and normalizes to length 1", async () => {
    for (const one of gold) {
      const vector = await embed([one]);
      expectGold([one], vector);
      expect(dot(vector, vector)).toBeCloseTo(1, 5);
    }
  });

  it("has the same vectors all at once, turned round, and among long ones", async () => {
    expectGold(gold, await embed(gold));
    const turned = gold.toReversed();
    expectGold(turned, await embed(turned));
    const longest = gold.reduce((most, one) => (one.text.length > most.text.length ? one : most));
    const mixed = gold.flatMap((one) => [one, longest]);
    expectGold(mixed, await embed(mixed));
  });

  it("has the same mean of the tokens before it is normalized", async () => {
    const values = await embed(gold, false);
    gold.forEach(({ name, meanPooled }, row) => {
      const wanted = decode(meanPooled);
      const got = values.subarray(row * 384, (row + 1) * 384);
      const largest = got.reduce((most, value, index) => Math.max(most, Math.abs(value - wanted[index]!)), 0);
      expect(largest, name).toBeLessThan(1e-5);
    });
  });
});

function decode(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

function cosine(a: Float32Array, b: Float32Array): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
