import type { ModelInputs, ModelRequest } from "@weir/protocol";

/** Work whose time tells how fast a model of that kind is: so many texts of a length. */
export function createCalibrationRequest(count: number, kind: "embed" | "rank"): ModelRequest {
  const text = "the weir holds what the river brings ".repeat(8);
  const texts = Array.from({ length: count }, (_, index) => `${index} ${text}`);
  const inputs: ModelInputs =
    kind === "rank" ? { kind: "sequences", sequences: texts.map((one) => [one]) } : { kind: "texts", texts };
  return {
    model: undefined,
    inputs,
    normalize: true,
    pooling: undefined,
    dimensions: undefined,
    truncate: true,
  };
}
