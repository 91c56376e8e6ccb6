import { describe, expect, it } from "vitest";
import * as echo from "./echo/echo-engine.ts";
import { createInProcessEmbedder } from "./in-process-embedder.ts";

const spec = { path: "/nowhere", options: { dimensions: 4 } };
const texts = Array.from({ length: 40 }, (_, index) =>
  Array.from({ length: index }, (_, at) => `w${at}`).join(" "),
);

describe("createInProcessEmbedder", () => {
  it("gives each input its own vector in order, whatever the batches", async () => {
    await using one = await createInProcessEmbedder(echo, spec, { maxPaddedTokens: 1 });
    await using all = await createInProcessEmbedder(echo, spec, { maxPaddedTokens: 1e6 });
    const inputs = { kind: "texts", texts } as const;
    const [apart, together] = [await one.embed({ inputs }), await all.embed({ inputs })];
    expect(apart).toEqual(together);
    expect(apart.vectors).toMatchObject({ count: 40, dimensions: 4 });
    expect(apart.inputTokens).toBe(texts.reduce((sum, _, index) => sum + index + 2, 0));
    const third = await one.embed({ inputs: { kind: "texts", texts: [texts[3]!] } });
    expect(third.vectors.values).toEqual(apart.vectors.values.subarray(12, 16));
  });

  it("has an empty answer to no inputs", async () => {
    await using embedder = await createInProcessEmbedder(echo, spec);
    const result = await embedder.embed({ inputs: { kind: "texts", texts: [] } });
    expect(result).toEqual({
      vectors: { count: 0, dimensions: 4, values: new Float32Array(0) },
      inputTokens: 0,
      truncated: 0,
    });
  });

  it("refuses more dimensions than the model has, naming how many that are", async () => {
    await using embedder = await createInProcessEmbedder(echo, spec);
    const request = { inputs: { kind: "texts", texts: ["a"] }, dimensions: 5 } as const;
    await expect(embedder.embed(request)).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      field: "dimensions",
      message: expect.stringContaining("1 to 4") as unknown,
    });
  });

  it("stops between batches when its signal says so", async () => {
    await using embedder = await createInProcessEmbedder(
      echo,
      { ...spec, options: { delayMs: 1 } },
      { maxPaddedTokens: 1 },
    );
    const controller = new AbortController();
    const answer = embedder.embed({ inputs: { kind: "texts", texts } }, { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
