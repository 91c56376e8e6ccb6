import { Histogram, toDistribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { describeLimits, heldAbove, heldBelow, heldFrom, heldTo, percentileOf, told } from "./rows.ts";

const figure = { key: "a", metric: "a", unit: "ms", value: 2000 } as const;

describe("rows", () => {
  it("are held to their limits as these are written", () => {
    expect(heldBelow(figure, 2000, "do this")).toMatchObject({
      limit: "< 2,000 ms",
      status: "fail",
      advice: "do this",
      better: "less",
    });
    expect(heldTo(figure, 2000, "do this")).toMatchObject({ limit: "<= 2,000 ms", status: "pass" });
    expect(heldTo(figure, 2000, "do this").advice).toBeUndefined();
    expect(heldTo({ ...figure, unit: "count", value: 0 }, 0)).toMatchObject({
      limit: "none",
      status: "pass",
    });
    const share = { ...figure, unit: "share", value: 0.95 } as const;
    expect(heldAbove(share, 0.95)).toMatchObject({ limit: "> 95 %", status: "fail", better: "more" });
    expect(heldFrom(share, 0.95)).toMatchObject({ limit: ">= 95 %", status: "pass" });
    expect(told({ ...figure, note: "of 3" })).toMatchObject({
      measured: "2,000 ms (of 3)",
      limit: null,
      status: "info",
    });
  });

  it("say why there is no figure", () => {
    expect(heldBelow({ ...figure, value: null, why: "nobody there" }, 1)).toMatchObject({
      measured: "nobody there",
      status: "not-measured",
    });
    const few = new Histogram();
    few.record(5);
    expect(percentileOf(figure, toDistribution(few), "p95")).toMatchObject({
      value: null,
      why: "n too small (1)",
    });
    const ages = new Histogram();
    ages.record(500);
    ages.record(500);
    expect(percentileOf(figure, toDistribution(few, ages), "p50").why).toMatch(/^≥ 500 ms/);
    expect(percentileOf(figure, null, "p50").why).toBe("nothing of the kind was seen");
  });

  it("are summed up in words", () => {
    const [pass, fail, open] = [
      heldTo(figure, 2000),
      heldBelow(figure, 1),
      heldBelow({ ...figure, value: null }, 1),
    ];
    expect(describeLimits([pass, pass, told(figure)])).toBe("all 2 limits are kept");
    expect(describeLimits([pass, fail])).toBe("1 of 2 limits is missed");
    expect(describeLimits([pass, fail, fail, open])).toBe(
      "2 of 4 limits are missed, 1 could not be measured",
    );
    expect(describeLimits([pass, open])).toBe("1 of 2 limits are kept, 1 could not be measured");
  });
});
