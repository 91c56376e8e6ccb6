import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInProcessEmbedder } from "@weir/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeModels } from "./fixtures/shapes/describe-models.ts";
import { shapeModels } from "./fixtures/shapes/shape-models.ts";
import { computePlainVector, toLengthOne } from "./fixtures/shapes/plain-vectors.ts";
import { writeShape } from "./fixtures/shapes/write-shape.ts";
import * as engine from "./index.ts";

const texts = [
  "the river",
  "The river flows over the weir, and the weir measures the river: every drop of it.",
  "",
  "over Größe, 河 and\nthe rest",
  "a",
];

/**
 * float16 has eleven bits, and each step of a layer is rounded to them. Where weights are int8, ONNX Runtime rounds what
 * they are multiplied with to eight bits too.
 */
const tolerance = { float32: 5e-6, int8: 5e-3, float16: 4e-3 };

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-shapes-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe.each(shapeModels.map((model, index) => [model.title, model, index] as const))(
  "%s",
  (_, model, index) => {
    it("gives the vectors that plain loops compute from its weights", async () => {
      const path = join(directory, String(index));
      const written = await writeShape(model, path);
      const preparer = await engine.createEmbeddingPreparer({ path });
      await using embedder = await createInProcessEmbedder(engine, { path });
      for (const promptName of [undefined, ...Object.keys(model.prompts)]) {
        const inputs = { kind: "texts", texts } as const;
        // All in one batch: padding must not show.
        const got = await embedder.embed({ inputs, promptName });
        const prompt = model.prompts[promptName ?? model.defaultPrompt ?? ""] ?? "";
        const [whole, alone] = [texts.map((text) => prompt + text), [prompt]].map((list) =>
          preparer.prepare({ kind: "texts", texts: list }, { truncate: true, promptName: "" }),
        );
        const { tokenIds, lengths } = whole!;
        // As sentence-transformers counts: a prompt's own tokens, but for the one that closes it.
        const skipped = model.includePrompt || prompt === "" ? 0 : alone!.lengths[0]! - 1;
        const { dimensions, values } = got.vectors;
        let start = 0;
        for (const [row, length] of lengths.entries()) {
          const tokens = [...tokenIds.subarray(start, start + length)];
          start += length;
          const wanted = computePlainVector(model, written, tokens, skipped);
          const vector = [...values.subarray(row * dimensions, (row + 1) * dimensions)];
          expect(vector).toHaveLength(wanted.length);
          expect(largestDifference(vector, wanted), `text ${row}`).toBeLessThan(tolerance[model.weightType]);
        }
        if (model.output === "rows") continue;
        const half = dimensions / 2;
        const cut = await embedder.embed({ inputs, promptName, dimensions: half });
        for (const row of texts.keys()) {
          const leading = toLengthOne([...values.subarray(row * dimensions, row * dimensions + half)]);
          const vector = [...cut.vectors.values.subarray(row * half, (row + 1) * half)];
          expect(largestDifference(vector, leading)).toBeLessThan(1e-6);
        }
      }
    });
  },
);

// After a change to the rows: npx vitest run packages/engine-onnx/src/conformance.test.ts --update=true
it("docs/reference/models.md is what the rows say", async () => {
  await expect(describeModels()).toMatchFileSnapshot("../../../docs/reference/models.md");
});

function largestDifference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((most, value, at) => {
    const difference = Math.abs(value - b[at]!);
    // Not a number must not pass for no difference.
    return difference <= most ? most : difference;
  }, 0);
}
