import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { computePlainBert } from "./fixtures/plain-bert.ts";
import * as engine from "./index.ts";
import { createBertGraph } from "./reference/bert-graph.ts";
import { describeReferenceModel } from "./reference/reference-models.ts";
import { makeWeightValues } from "./reference/seeded-weights.ts";

const name = "reference-rank-tiny";
let directory: string;
let path: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-rank-"));
  path = join(directory, "model");
  await engine.buildReferenceModel(name, path);
});
afterAll(() => rm(directory, { recursive: true }));

const ask = { pooling: "mean", normalize: false, dimensions: 1 } as const;

/** The score of one row, from the weights, in plain loops. */
function computePlainScore(tokenIds: readonly number[], firstLength: number): number {
  const { shape } = describeReferenceModel(name);
  const weights = new Map(
    createBertGraph(shape).weights.map((weight) => [
      weight.name,
      Float32Array.from(Array.from(makeWeightValues(weight, name, 1_000), (part) => [...part]).flat()),
    ]),
  );
  const [first] = computePlainBert(shape, weights, tokenIds, firstLength);
  const weight = (of: string): Float32Array => weights.get(of)!;
  const pooled = Array.from({ length: shape.width }, (_, out) =>
    Math.tanh(
      first!.reduce(
        (sum, value, index) => sum + value * weight("bert.pooler.dense.weight")[index * shape.width + out]!,
        weight("bert.pooler.dense.bias")[out]!,
      ),
    ),
  );
  return pooled.reduce(
    (sum, value, index) => sum + value * weight("classifier.weight")[index]!,
    weight("classifier.bias")[0]!,
  );
}

describe("a cross-encoder", () => {
  it("is found by its architecture, with its labels", async () => {
    await using computer = await engine.createEmbeddingComputer({ path, threads: 1 });
    expect(computer.info).toMatchObject({
      labels: ["LABEL_0"],
      dimensions: 1,
      architecture: "bert",
      reference: true,
    });
  });

  it("gives the scores of a plain computation, for texts and pairs, alone and in a batch", async () => {
    const preparer = await engine.createEmbeddingPreparer({ path });
    await using computer = await engine.createEmbeddingComputer({ path, threads: 1 });
    const sequences = [
      ["what holds the river", "a weir holds the flow of a river and measures it"],
      ["what holds the river", "cheese"],
      ["a text by itself"],
      ["a long question about rivers", "and an answer that does not end ".repeat(30)],
    ] as const;
    const prepared = preparer.prepare({ kind: "sequences", sequences }, { truncate: true });
    expect(prepared.truncated).toBe(1);
    const scores = await computer.compute({ ...prepared, ...ask });
    expect([scores.count, scores.dimensions]).toEqual([4, 1]);
    let start = 0;
    for (const [row, length] of prepared.lengths.entries()) {
      const ids = prepared.tokenIds.slice(start, start + length);
      start += length;
      const firstLength = prepared.firstLengths![row]!;
      expect(firstLength === length).toBe(sequences[row]!.length === 1);
      expect(scores.values[row]).toBeCloseTo(computePlainScore([...ids], firstLength), 4);
      const alone = await computer.compute({
        tokenIds: ids,
        lengths: Int32Array.of(length),
        firstLengths: Int32Array.of(firstLength),
        ...ask,
      });
      expect(alone.values[0]).toBeCloseTo(scores.values[row]!, 5);
    }
  });

  it("puts pairs together as BERT's tokenizer does", async () => {
    const preparer = await engine.createEmbeddingPreparer({ path });
    const prepare = (...sequence: [string] | [string, string]): number[] => [
      ...preparer.prepare({ kind: "sequences", sequences: [sequence] }, { truncate: true }).tokenIds,
    ];
    const [open, a, close] = prepare("a") as [number, number, number];
    const b = prepare("b")[1]!;
    expect(prepare("a", "b")).toEqual([open, a, close, b, close]);
    const { firstLengths } = preparer.prepare(
      { kind: "sequences", sequences: [["a", "b"]] },
      { truncate: true },
    );
    expect([...firstLengths!]).toEqual([3]);
  });

  it("names what does not fit together", async () => {
    const config = JSON.parse(await readFile(join(path, "config.json"), "utf8")) as Record<string, unknown>;
    const change = async (changed: Record<string, unknown>): Promise<string> => {
      const copy = await mkdtemp(join(directory, "copy-"));
      await cp(path, copy, { recursive: true });
      await writeFile(join(copy, "config.json"), JSON.stringify({ ...config, ...changed }));
      return copy;
    };
    const two = await change({ id2label: { 0: "no", 1: "yes" } });
    await expect(engine.createEmbeddingComputer({ path: two })).rejects.toThrow(/gives 1 scores, expected 2/);
    const gap = await change({ id2label: { 1: "yes" } });
    await expect(engine.createEmbeddingComputer({ path: gap })).rejects.toThrow(
      /id2label must give each number/,
    );
    const encoder = await change({ architectures: ["BertModel"] });
    await expect(engine.createEmbeddingComputer({ path: encoder })).rejects.toThrow(
      /expected last_hidden_state/,
    );
  });
});
