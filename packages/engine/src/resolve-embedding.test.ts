import { describe, expect, it } from "vitest";
import { resolveEmbedding } from "./resolve-embedding.ts";

const model = { pooling: "cls", dimensions: 8 } as const;

describe("resolveEmbedding", () => {
  it("leaves what a request does not say to the model", () => {
    expect(resolveEmbedding({}, model)).toEqual({ pooling: "cls", normalize: true, dimensions: 8 });
    expect(resolveEmbedding({ pooling: "max", normalize: false, dimensions: 3 }, model)).toEqual({
      pooling: "max",
      normalize: false,
      dimensions: 3,
    });
  });

  it.each([0, 9, 1.5])("refuses %d dimensions", (dimensions) => {
    expect(() => resolveEmbedding({ dimensions }, model)).toThrow(/from 1 to 8/);
  });
});
