import { describe, expect, it } from "vitest";
import { describeSettings, keyOf } from "./sweep-case.ts";
import { createMatrix, nearest, type MatrixChoice } from "./sweep-matrix.ts";
import { sweepFlagsOf } from "./next-command.ts";

const full: MatrixChoice = {
  kind: "embeddings",
  quick: false,
  axes: {},
  maxConcurrency: undefined,
  maxSize: undefined,
};

describe("the matrix", () => {
  it("of embeddings has 45 cases: a grid of 30 and three series of 5", () => {
    const { name, cases } = createMatrix(full);
    expect(name).toBe("full");
    expect(cases).toHaveLength(45);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(45);
    expect(cases.filter(({ series }) => series === "grid")).toHaveLength(30);
    // Three settings are in both: what they differ by says how far figures can be trusted.
    expect(new Set(cases.map(({ settings }) => keyOf(settings))).size).toBe(42);
    const scaling = cases.filter(({ series }) => series === "scaling").map(({ settings }) => settings);
    expect(scaling.map(({ concurrency }) => concurrency)).toEqual([
      1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5,
    ]);
    expect(scaling.map(({ size, batch }) => `${size}x${batch}`).filter((_, at) => at % 5 === 0)).toEqual([
      "1000x1",
      "500x32",
      "5000x5",
    ]);
  });

  it("is shorter with --quick", () => {
    const { name, cases } = createMatrix({ ...full, quick: true });
    expect(name).toBe("quick");
    expect(cases).toHaveLength(9 + 3 * 3);
  });

  it("leaves out what is larger than asked, and says so where nothing is left", () => {
    const { cases } = createMatrix({ ...full, maxConcurrency: 2, maxSize: 1_000 });
    expect(cases).toHaveLength(2 * 6 + 3 * 2);
    expect(Math.max(...cases.map(({ settings }) => settings.size!))).toBe(1_000);
    expect(createMatrix({ ...full, maxConcurrency: 1 }).cases).toHaveLength(30);
    expect(() => createMatrix({ ...full, maxSize: 100 })).toThrow(
      "nothing is left to sweep: expected a value of size of at most 100, got 500, 1000",
    );
  });

  it("is the product of the axes where concurrency is named, sorted and without repeats", () => {
    const { name, cases } = createMatrix({
      ...full,
      axes: { size: [300], batch: [8, 2, 8], concurrency: [1, 4] },
    });
    expect(name).toBe("own");
    expect(cases.map(({ settings }) => describeSettings(settings))).toEqual([
      "300 characters, batch 2, 1 user",
      "300 characters, batch 2, 4 users",
      "300 characters, batch 8, 1 user",
      "300 characters, batch 8, 4 users",
    ]);
  });

  it.each([
    ["chat", 3 * 2 * 3],
    ["image", 4 * 3],
    ["pdf", 3 * 3],
  ] as const)("of %s is a product too", (kind, count) => {
    expect(createMatrix({ ...full, kind }).cases).toHaveLength(count);
    expect(createMatrix({ ...full, kind, quick: true }).cases.length).toBeLessThan(count / 2);
  });

  it("can be written as flags", () => {
    expect(sweepFlagsOf({ concurrency: [1, 3], size: [500] })).toBe("--sizes 500 --concurrency 1,3");
  });
});

it("finds the nearest value by ratio", () => {
  expect(nearest([200, 1_000, 4_000], 500)).toBe(1_000);
  expect(nearest([100, 400], 200)).toBe(100);
});
