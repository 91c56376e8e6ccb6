import { describe, expect, it } from "vitest";
import { probeServer, trueCapacity, type SimulatedServer } from "../fixtures/simulated-server.ts";
import { createRandom } from "../random.ts";
import type { CapacityProbe, CapacitySearch } from "./capacity-probe.ts";
import { nextCapacityStep, type CapacityFound } from "./capacity-step.ts";

const search: CapacitySearch = { least: 1, most: 10_000, whole: true, resolution: 0.05 };
const capacities = [1, 2, 3, 5, 8, 13, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** Median response times in units of the limit, which is reached between `c` and the next user. */
const shapes = {
  /** Holds `c` users, and falls over with one more. */
  cliff: (c: number) => (level: number) => (level <= c ? 0.5 : 10),
  /** A third as many slots, and a queue. */
  slots: (c: number) => (level: number) => Math.max(1, level / ((c + 0.5) / 3)) / 3,
  /** Half of the limit with one user, and so much more with each. */
  slope: (c: number) => (level: number) => (1 + (level - 1) / (c - 0.5)) / 2,
} as const;

type Trouble = Pick<SimulatedServer, "noise" | "drift" | "flukes">;

function createServer(shape: keyof typeof shapes, capacity: number, trouble: Trouble): SimulatedServer {
  const { noise } = trouble;
  const typical = shapes[shape](capacity);
  return {
    ...trouble,
    typical: (level) => typical(level) * Math.exp(-1.6449 * noise),
    samples: (level) => Math.min(1000, Math.max(100, level * 50)),
  };
}

interface Outcome {
  readonly found: CapacityFound;
  readonly probes: readonly CapacityProbe[];
}

function find(probe: (level: number, stretch: number) => CapacityProbe, of = search): Outcome {
  const probes: CapacityProbe[] = [];
  for (;;) {
    const step = nextCapacityStep(of, probes);
    if (step.kind === "done") return { found: step.found, probes };
    if (probes.length === 100) throw new Error("the search has no end");
    probes.push(probe(step.level, step.stretch));
  }
}

function findCapacity(server: SimulatedServer, seed: number): Outcome {
  const random = createRandom(seed);
  return find((level, stretch) => probeServer(server, level, stretch, random));
}

/** Whether a result is as near as one may ask for. */
function judge({ found, probes }: Outcome, truth: number) {
  const { lastPass = 0, interval } = found;
  const [from, below] = [interval.from ?? 0, interval.below ?? Infinity];
  const contains = from <= truth && truth < below;
  const narrow = below - from <= Math.max(1, 0.15 * from);
  return {
    near: Math.abs(lastPass - truth) <= 0.05 * truth || (contains && narrow),
    contains,
    frugal: probes.length <= 2 * Math.log2(Math.max(1, truth)) + 6,
  };
}

/** Shares of many searches that were near, frugal, and had the truth in their interval. */
function simulate(shape: keyof typeof shapes, trouble: Trouble, seeds: number) {
  const counts = { near: 0, contains: 0, frugal: 0 };
  for (const capacity of capacities) {
    const server = createServer(shape, capacity, trouble);
    const truth = trueCapacity(server, search.most);
    expect(truth).toBe(capacity);
    for (let seed = 1; seed <= seeds; seed += 1) {
      const judged = judge(findCapacity(server, seed * 977 + capacity), truth);
      for (const key of ["near", "contains", "frugal"] as const) if (judged[key]) counts[key] += 1;
    }
  }
  const all = capacities.length * seeds;
  return { near: counts.near / all, contains: counts.contains / all, frugal: counts.frugal / all };
}

describe("a server whose answers are all alike", () => {
  it.each(Object.keys(shapes) as (keyof typeof shapes)[])("is found exactly: %s", (shape) => {
    for (const capacity of capacities) {
      const outcome = findCapacity(
        createServer(shape, capacity, { noise: 0, drift: 0, flukes: 0 }),
        capacity,
      );
      const { lastPass = 0, firstFail = 0, confidence, end } = outcome.found;
      expect(end).toBe("found");
      expect(confidence).toBeGreaterThanOrEqual(0.95);
      expect(lastPass <= capacity && capacity < firstFail).toBe(true);
      expect(firstFail).toBeLessThanOrEqual(Math.max(lastPass + 1, lastPass * 1.05 + 1e-6));
      expect(judge(outcome, capacity).frugal).toBe(true);
      // Both edges were looked at twice.
      for (const edge of [lastPass, firstFail])
        expect(outcome.probes.filter(({ level }) => level === edge).length).toBeGreaterThanOrEqual(2);
    }
  });
});

describe("a server with noise", () => {
  it.each([
    ["cliff", { noise: 0.3, drift: 0.05, flukes: 0 }, { near: 1, contains: 1, frugal: 1 }],
    ["slots", { noise: 0.1, drift: 0, flukes: 0 }, { near: 1, contains: 0.98, frugal: 1 }],
    ["slope", { noise: 0.1, drift: 0, flukes: 0 }, { near: 0.99, contains: 0.98, frugal: 1 }],
    ["slots", { noise: 0.3, drift: 0, flukes: 0 }, { near: 0.98, contains: 0.98, frugal: 0.98 }],
    ["slope", { noise: 0.3, drift: 0, flukes: 0 }, { near: 0.95, contains: 0.98, frugal: 0.97 }],
    ["slots", { noise: 0.1, drift: 0.02, flukes: 0 }, { near: 0.97, contains: 0.92, frugal: 0.98 }],
    ["slope", { noise: 0.1, drift: 0.02, flukes: 0 }, { near: 0.92, contains: 0.87, frugal: 0.96 }],
    ["cliff", { noise: 0.1, drift: 0.02, flukes: 0.03 }, { near: 0.96, contains: 0.97, frugal: 0.99 }],
    ["slots", { noise: 0.1, drift: 0.02, flukes: 0.03 }, { near: 0.93, contains: 0.91, frugal: 0.97 }],
  ] as const)("is found: %s, %o", (shape, trouble, least) => {
    const shares = simulate(shape, trouble, 12);
    for (const key of ["near", "contains", "frugal"] as const)
      expect(shares[key], key).toBeGreaterThanOrEqual(least[key]);
  });
});

const held = (level: number): CapacityProbe => ({ level, outcome: { kind: "judged", evidence: -9 } });
const missed = (level: number): CapacityProbe => ({ level, outcome: { kind: "judged", evidence: 9 } });
const invalid = (level: number): CapacityProbe => ({ level, outcome: { kind: "invalid" } });
const unknown = (level: number): CapacityProbe => ({ level, outcome: { kind: "unknown" } });

describe("a search", () => {
  it("takes nothing for granted after one fluke in its beginning", () => {
    let flukes = 1;
    const { found } = find((level) =>
      (level === 4 && flukes-- > 0) || level > 200 ? missed(level) : held(level),
    );
    expect(found.lastPass! <= 200 && 200 < found.firstFail!).toBe(true);
  });

  it("ends where not even the least is held, after a second look", () => {
    const { found, probes } = find(missed);
    expect(found).toMatchObject({ end: "fails-at-least", lastPass: undefined, firstFail: 1 });
    expect(probes.map(({ level }) => level)).toEqual([1, 1]);
  });

  it("ends where even the most is held, after a second look", () => {
    const { found, probes } = find(held, { ...search, most: 50 });
    expect(found).toMatchObject({ end: "holds-most", lastPass: 50, firstFail: undefined });
    expect(probes.map(({ level }) => level)).toEqual([1, 2, 4, 8, 16, 32, 50, 50]);
  });

  it("finds how far the generator goes where that ends first", () => {
    const { found, probes } = find((level) => (level > 20 ? invalid(level) : held(level)));
    expect(found).toMatchObject({ end: "generator-bound", lastPass: 19, firstFail: undefined });
    expect(probes.filter(({ level }) => level === 32)).toHaveLength(3);
  });

  it("goes on past a level at which the generator stumbled once", () => {
    let stumbles = 1;
    const { found } = find((level) =>
      level === 8 && stumbles-- > 0 ? invalid(level) : level > 12 ? missed(level) : held(level),
    );
    expect(found).toMatchObject({ end: "found", lastPass: 12, firstFail: 13 });
  });

  it("ends also where nothing can be judged any more", () => {
    let judged = 0;
    const { probes } = find((level) =>
      judged++ < 6 ? (level > 12 ? missed(level) : held(level)) : invalid(level),
    );
    expect(probes.length).toBeLessThanOrEqual(2 * (2 * Math.log2(12) + 6));
  });

  it("says that it knows nothing where the first level cannot be judged", () => {
    expect(find(invalid).found).toMatchObject({ end: "generator-bound", lastPass: undefined, confidence: 0 });
    expect(find(unknown).found).toMatchObject({ end: "out-of-probes", lastPass: undefined, confidence: 0 });
  });

  it("knows that little is left where all is well up to the end of what was asked for", () => {
    const upTo = { ...search, most: 4 };
    const last = nextCapacityStep(upTo, [held(1), held(2)]);
    expect(last).toMatchObject({ kind: "probe", level: 4, purpose: "double", more: 1 });
    const confirm = nextCapacityStep(upTo, [held(1), held(2), held(4)]);
    expect(confirm).toMatchObject({ kind: "probe", level: 4, purpose: "confirm", more: 0 });
  });

  it("looks longer at what was unclear", () => {
    const step = nextCapacityStep(search, [held(1), held(2), unknown(4)]);
    expect(step).toMatchObject({ kind: "probe", level: 4, purpose: "repeat", stretch: 2 });
    const unclear: CapacityProbe = { level: 2, outcome: { kind: "judged", evidence: 1 } };
    expect(nextCapacityStep(search, [held(1), unclear])).toMatchObject({
      level: 2,
      purpose: "confirm",
      stretch: 2,
    });
  });

  it("is of rates too, in three digits", () => {
    const { found, probes } = find((level) => (level > 73.4 ? missed(level) : held(level)), {
      least: 0.5,
      most: 1e6,
      whole: false,
      resolution: 0.02,
    });
    expect(found.end).toBe("found");
    expect(found.lastPass! <= 73.4 && 73.4 < found.firstFail!).toBe(true);
    expect(found.firstFail! / found.lastPass!).toBeLessThanOrEqual(1.02 + 1e-9);
    for (const { level } of probes) expect(level).toBe(Number(level.toPrecision(3)));
  });

  it("ends after as many probes as it may have, and says what it knows", () => {
    const { found, probes } = find((level) => (level > 100 ? missed(level) : held(level)), {
      ...search,
      maxProbes: 9,
    });
    expect(probes).toHaveLength(9);
    expect(found).toMatchObject({ end: "out-of-probes", lastPass: 91, firstFail: 128 });
  });
});
