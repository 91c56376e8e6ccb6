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
/** Needs the real weights: beside the repository in ../shared/models, or where WEIR_SHARED_MODELS says. */
describe.skipIf(realModelPath === undefined)(
  "all-MiniLM-L6-v2 against sentence-transformers (needs real weights)",
  () => {
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
    /** The names of texts whose vector is not the gold's. */
    const findWrong = async (texts: readonly GoldText[]) => {
      const values = await embed(texts);
      const isWrong = ({ normalized }: GoldText, row: number): boolean =>
        !(cosine(values.subarray(row * 384, (row + 1) * 384), decode(normalized)) >= 0.99999);
      return texts.filter(isWrong).map(({ name }) => name);
    };

    it("has the same tokens, counts and cuts", async () => {
      expect(gold).toHaveLength(65);
      const preparer = await engine.createEmbeddingPreparer({ path });
      const ours = gold.map(({ name, text }) => {
        const prepared = preparer.prepare({ kind: "texts", texts: [text] }, { truncate: true });
        return {
          name,
          tokenIds: [...prepared.tokenIds],
          usedTokens: prepared.lengths[0],
          truncated: prepared.truncated === 1,
        };
      });
      expect(ours).toEqual(
        gold.map(({ name, tokenIds, usedTokens, truncated }) => ({ name, tokenIds, usedTokens, truncated })),
      );
    });

    it("has the same vectors one text at a time", async () => {
      const wrong: string[] = [];
      for (const one of gold) wrong.push(...(await findWrong([one])));
      expect(wrong).toEqual([]);
    });

    it("has the same vectors all at once, turned round, and among long ones", async () => {
      expect(await findWrong(gold)).toEqual([]);
      expect(await findWrong(gold.toReversed())).toEqual([]);
      const longest = gold.reduce((most, one) => (one.text.length > most.text.length ? one : most));
      expect(await findWrong(gold.flatMap((one) => [one, longest]))).toEqual([]);
    });

    it("scales to length 1", async () => {
      const values = await embed(gold);
      for (let row = 0; row < gold.length; row++) {
        const vector = values.subarray(row * 384, (row + 1) * 384);
        expect(dot(vector, vector)).toBeCloseTo(1, 5);
      }
    });

    it("has the same mean of the tokens before it is normalized", async () => {
      const values = await embed(gold, false);
      const wrong = gold.filter(({ meanPooled }, row) => {
        const wanted = decode(meanPooled);
        const got = values.subarray(row * 384, (row + 1) * 384);
        return !got.every((value, index) => Math.abs(value - wanted[index]!) < 1e-5);
      });
      expect(wrong.map(({ name }) => name)).toEqual([]);
    });
  },
);

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
