import { describe, expect, it } from "vitest";
import { listLayouts } from "./pool-layout.ts";

const auto = { replicas: "auto", threads: "auto" } as const;

describe("listLayouts", () => {
  it("keeps what was given and shares the cores out", () => {
    expect(listLayouts({ replicas: 3, threads: 2 }, 8, 8)).toEqual([{ replicas: 3, threads: 2 }]);
    expect(listLayouts({ replicas: 3, threads: "auto" }, 8, 8)).toEqual([{ replicas: 3, threads: 2 }]);
    expect(listLayouts({ replicas: 3, threads: "auto" }, 2, 8)).toEqual([{ replicas: 3, threads: 1 }]);
  });

  it("tries ever more replicas with ever fewer threads, such that all cores have work", () => {
    expect(listLayouts(auto, 1, 8)).toEqual([{ replicas: 1, threads: 1 }]);
    expect(listLayouts(auto, 6, 8)).toEqual([
      { replicas: 1, threads: 6 },
      { replicas: 2, threads: 3 },
      { replicas: 4, threads: 1 },
      { replicas: 6, threads: 1 },
    ]);
    expect(listLayouts(auto, 64, 8).at(-1)).toEqual({ replicas: 8, threads: 8 });
  });

  it("tries numbers of replicas for threads that were given", () => {
    const points = listLayouts({ replicas: "auto", threads: 4 }, 16, 8);
    expect(points.map(({ replicas }) => replicas)).toEqual([1, 2, 4]);
    expect(listLayouts({ replicas: "auto", threads: 4 }, 2, 8)).toEqual([{ replicas: 1, threads: 4 }]);
  });
});
