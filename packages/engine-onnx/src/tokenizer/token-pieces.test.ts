import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shapeModels } from "../fixtures/shapes/shape-models.ts";
import { writeShape } from "../fixtures/shapes/write-shape.ts";
import { useTinyModels } from "../fixtures/tiny-model.ts";
import * as engine from "../index.ts";
import { alignTokens } from "./align-tokens.ts";

const models = useTinyModels();

describe("tokenize and decode", () => {
  it("tell where each token stands in the text, and give the ids that prepare gives", async () => {
    const preparer = await engine.createEmbeddingPreparer({ path: models.path() });
    const text = "A weir  holds\tthé rivér, of RIVERS!";
    const pieces = preparer.tokenize(text, { special: true });
    const { tokenIds } = preparer.prepare({ kind: "texts", texts: [text] }, { truncate: true });
    expect(pieces.map(({ id }) => id)).toEqual([...tokenIds]);
    expect([pieces[0], pieces.at(-1)]).toMatchObject([
      { text: "[CLS]", special: true, start: null },
      { text: "[SEP]", special: true, stop: null },
    ]);
    const characters = Array.from(text);
    const placed = pieces.filter(({ start }) => start !== null);
    for (const piece of placed) expect(characters.slice(piece.start!, piece.stop!).join("")).toBe(piece.text);
    expect(placed.map((piece) => piece.text).join("")).toBe(text.replaceAll(/\s/g, ""));
  });

  it("decode takes special tokens or leaves them out, and refuses ids that there are not", async () => {
    const preparer = await engine.createEmbeddingPreparer({ path: models.path() });
    const ids = preparer.tokenize("a weir holds the river", { special: true }).map(({ id }) => id);
    expect(preparer.decode(ids, false)).toBe("a weir holds the river");
    expect(preparer.decode(ids, true)).toMatch(/^\[CLS\].*\[SEP\]$/);
    expect(() => preparer.decode([6_000], false)).toThrow(/got 6000/);
  });
});

it("a prompt is a part of the text, named or the model's default", async () => {
  const directory = await mkdtemp(join(tmpdir(), "weir-pieces-"));
  try {
    const model = shapeModels.find(({ prompts }) => Object.keys(prompts).length > 1)!;
    await writeShape(model, directory);
    const preparer = await engine.createEmbeddingPreparer({ path: directory });
    const [name, prompt] = Object.entries(model.prompts)[0]!;
    for (const promptName of [undefined, name, ""]) {
      const pieces = preparer.tokenize("the river", { special: true, promptName });
      const inputs = { kind: "texts", texts: ["the river"] } as const;
      const { tokenIds } = preparer.prepare(inputs, { truncate: true, promptName });
      expect(pieces.map(({ id }) => id)).toEqual([...tokenIds]);
    }
    const last = preparer.tokenize("the river", { special: false, promptName: name }).at(-1);
    expect(last?.stop).toBe(`${prompt}the river`.length);
    const unknown = (): unknown => preparer.tokenize("the river", { special: true, promptName: "nobody's" });
    expect(unknown).toThrow(/no prompt "nobody's"/);
  } finally {
    await rm(directory, { recursive: true });
  }
});

it("tokens that stand for something else have no place, and those behind them still do", () => {
  expect(alignTokens("a ☃ b", ["a", "[UNK]", "b"])).toEqual([
    { start: 0, stop: 1 },
    undefined,
    { start: 4, stop: 5 },
  ]);
  expect(alignTokens("the café", ["▁the", "▁caf", "é"])).toEqual([
    { start: 0, stop: 3 },
    { start: 4, stop: 7 },
    { start: 7, stop: 8 },
  ]);
});
