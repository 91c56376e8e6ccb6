import { describe, expect, it } from "vitest";
import { planNormedGrid, planPlainGrid, type ChannelRange, type Grid } from "./plan-grid.ts";

function range(least: readonly number[], most: readonly number[]): ChannelRange {
  return { least: Float32Array.from(least), most: Float32Array.from(most) };
}

/** What a value becomes on the grid and back. */
function pass(grid: Grid, channel: number, value: number): number {
  const shift = grid.channels?.shift[channel] ?? 0;
  const spread = grid.channels?.spread[channel] ?? 1;
  const whole = Math.round((value - shift) / spread / grid.scale) + grid.zeroPoint;
  return (Math.min(255, Math.max(0, whole)) - grid.zeroPoint) * grid.scale * spread + shift;
}

describe("the grid of an activation", () => {
  it("has 0 on it, and room for every value that was seen and a little more", () => {
    const grid = planPlainGrid(range([-0.17, -0.1, 0], [6, 2, 1]));
    expect(grid).toMatchObject({ channels: undefined, side: [] });
    expect(pass(grid, 0, 0)).toBe(0);
    expect(pass(grid, 0, 6)).toBeCloseTo(6, 1);
    expect(pass(grid, 0, 6.25)).toBeCloseTo(6.25, 1);
    expect(pass(grid, 0, 60)).toBeLessThan(6.5);
    expect(pass(grid, 0, -0.17)).toBeCloseTo(-0.17, 1);
  });

  it("sets aside the few channels that would make it coarse, only where that helps", () => {
    const most = Array.from({ length: 192 }, (_, channel) => 1 + channel / 192);
    const even = planPlainGrid(
      range(
        most.map(() => 0),
        most,
      ),
    );
    expect(even.side).toEqual([]);
    const outlier = most.map((value, channel) => (channel === 5 ? 40 : value));
    const grid = planPlainGrid(
      range(
        most.map(() => 0),
        outlier,
      ),
    );
    expect(grid.side).toEqual([5, 191]);
    expect(grid.scale).toBeLessThan(even.scale * 1.01);
  });

  it("takes the middle of each channel as its 0 and narrows the wide ones behind a layer norm", () => {
    const grid = planNormedGrid(range([-1, 9, -30, -1], [1, 11, 30, 1]));
    expect([127, 128]).toContain(grid.zeroPoint);
    expect([...grid.channels!.shift]).toEqual([0, 10, 0, 0]);
    const step = grid.scale;
    for (const [channel, value] of [
      [0, 0.7],
      [1, 10.6],
      [2, -29],
      [3, -1],
    ] as const) {
      const spread = grid.channels!.spread[channel]!;
      expect(Math.abs(pass(grid, channel, value) - value)).toBeLessThanOrEqual(step * spread * 0.51);
    }
    // Without spreading the step would be 60 / 255.
    expect(step).toBeLessThan(60 / 255 / 5);
  });

  it("does not divide by 0 where nothing ever moves", () => {
    for (const plan of [planNormedGrid, planPlainGrid]) {
      const grid = plan(range([0, 0], [0, 0]));
      expect(pass(grid, 1, 0)).toBe(0);
    }
  });
});
