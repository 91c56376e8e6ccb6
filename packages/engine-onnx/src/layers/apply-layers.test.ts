import { expect, it } from "vitest";
import { activations, finishVectors, measureLayers, type Layer } from "./apply-layers.ts";
import { erf } from "./erf.ts";

const dense: Layer = {
  kind: "dense",
  inputs: 2,
  outputs: 3,
  weight: Float32Array.of(1, 2, 3, 4, 5, 6),
  bias: Float32Array.of(0, 1, -1),
  activation: "Identity",
};

const block = (...values: number[]) => ({ count: 1, dimensions: 2, values: Float32Array.from(values) });

it("multiplies as PyTorch's Linear does, cuts, then scales", () => {
  const plain = finishVectors(block(1, -1), [dense], { normalize: false, dimensions: 3 });
  expect([...plain.values]).toEqual([-1, 0, -2]);
  const cut = finishVectors(block(3, 4), [dense], { normalize: true, dimensions: 2 });
  const length = Math.hypot(11, 26);
  expect([...cut.values]).toEqual([Math.fround(11 / length), Math.fround(26 / length)]);
});

it("scales between layers where the model does", () => {
  const scaled = finishVectors(block(3, 4), [{ kind: "normalize" }, dense], {
    normalize: false,
    dimensions: 3,
  });
  expect(scaled.values[0]).toBeCloseTo((3 + 8) / 5, 6);
});

it("normalises a layer to mean 0 and deviation 1", () => {
  const [weight, bias] = [Float32Array.of(2, 2), Float32Array.of(1, 0)];
  const layer: Layer = { kind: "layer-norm", width: 2, weight, bias };
  const { values } = finishVectors(block(5, 9), [layer], { normalize: false, dimensions: 2 });
  expect(values[0]).toBeCloseTo(-1, 5);
  expect(values[1]).toBeCloseTo(2, 5);
});

it("knows how long vectors become, and where a layer does not fit", () => {
  expect(measureLayers([{ kind: "normalize" }, dense], 2)).toBe(3);
  expect(() => measureLayers([dense, dense], 2)).toThrow(/2 values and is given 3/);
});

it("refuses a value that is not a number", () => {
  const finish = () => finishVectors(block(Number.NaN, 1), [dense], { normalize: true, dimensions: 3 });
  expect(finish).toThrow(expect.objectContaining({ code: "ENGINE_FAILED" }));
});

it("has activations as PyTorch's", () => {
  expect(activations.GELU(1)).toBeCloseTo(0.8413447460685429, 12);
  expect(activations.SiLU(1)).toBeCloseTo(0.7310585786300049, 12);
  expect(activations.Sigmoid(0)).toBe(0.5);
  expect(activations.ReLU(-3)).toBe(0);
  // Abramowitz and Stegun, table 7.1.
  expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
  expect(erf(-2)).toBeCloseTo(-0.995322265, 10);
  expect(erf(2.6)).toBeCloseTo(0.9997639656, 10);
  expect(erf(7)).toBe(1);
});
