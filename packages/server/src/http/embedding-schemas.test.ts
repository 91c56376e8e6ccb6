import { embeddingDialects, type EmbeddingDialectName } from "@weir/protocol";
import { Check } from "typebox/value";
import type { TSchema } from "typebox";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ollamaEmbedBody,
  openAiEmbeddingsBody,
  sidecarEmbedBody,
  teiEmbedBody,
} from "./embedding-schemas.ts";

const anything = fc.oneof(
  fc.constantFrom("", "a text", "mean", 1.5, -1, 0, 2, true, {}, [null], ["a", 1], ["a", ""], [-1]),
  fc.array(fc.constantFrom("a", "b"), { maxLength: 2 }),
  fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }), { maxLength: 2 }),
);
const inputs = fc.constantFrom("a text", ["a", "b"], [1, 2], [[1], [2, 3]]);

/** What each field should be. (A null, which stands for an absent field, is accepted beyond what is described.) */
const rightValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  model: fc.constant("m"),
  input: inputs,
  keep_alive: fc.constantFrom(0, -1, 1.5, "0", "-1", "5m", "1h30m", "-1.5s", "+.5h", "1µs"),
  inputs,
  texts: inputs,
  encoding_format: fc.constantFrom("float", "base64"),
  dimensions: fc.constantFrom(1, 8),
  truncate: fc.boolean(),
  normalize: fc.boolean(),
  pooling: fc.constantFrom("mean", "cls", "max", "last", "mean_sqrt_len", "weightedmean"),
  batch_size: fc.constant(32),
  prompt_name: fc.constantFrom("query", ""),
};

const bodies: Readonly<Record<EmbeddingDialectName, { schema: TSchema; fields: readonly string[] }>> = {
  openai: {
    schema: openAiEmbeddingsBody,
    fields: ["model", "input", "encoding_format", "dimensions", "prompt_name"],
  },
  ollama: { schema: ollamaEmbedBody, fields: ["model", "input", "keep_alive", "truncate", "dimensions"] },
  sidecar: {
    schema: sidecarEmbedBody,
    fields: ["texts", "normalize", "pooling", "batch_size", "truncate", "prompt_name"],
  },
  tei: { schema: teiEmbedBody, fields: ["inputs", "truncate", "normalize", "dimensions", "prompt_name"] },
};

describe("the described bodies", () => {
  it.each(Object.keys(bodies) as EmbeddingDialectName[])("are what the %s dialect accepts", (name) => {
    const { schema, fields } = bodies[name];
    const values = fields.map((field) => {
      const arbitrary = fc.oneof(
        { weight: 6, arbitrary: rightValues[field]! },
        { weight: 1, arbitrary: anything },
      );
      return [field, arbitrary];
    });
    const body = fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: [],
    });
    let accepted = 0;
    fc.assert(
      fc.property(body, (candidate) => {
        const accepts = parses(name, candidate);
        if (accepts) accepted++;
        expect(Check(schema, candidate), JSON.stringify(candidate)).toBe(accepts);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });
});

function parses(name: EmbeddingDialectName, body: unknown): boolean {
  try {
    embeddingDialects[name].parseRequest(body);
    return true;
  } catch {
    return false;
  }
}
