import type { CapacityRecord } from "@weir/lab";
import { describe, expect, it } from "vitest";
import { createPaint } from "../console/paint.ts";
import { drawCapacity } from "./capacity-picture.ts";

const paint = createPaint({ write: () => true }, {});

/** What is drawn of a search with one probe. */
function toRecord(limit: string, errorShare: number): CapacityRecord {
  const probe = {
    child: "1",
    level: 8,
    purpose: "double",
    outcome: errorShare > 0 ? "miss" : "pass",
    limitedMs: 365,
    requestsPerSecond: 13.3,
    p95Ms: 365,
    errorShare,
  };
  return { plan: { of: "users", limits: [limit] }, capacity: { of: "users" }, probes: [probe] } as never;
}

describe("the picture of a capacity", () => {
  it("leaves out its bars where there is no room, and no figure", () => {
    const record = toRecord("response.p95 < 2s", 0);
    const [, wide = ""] = drawCapacity(record, paint, 120);
    expect(wide).toMatch(/^━+ +│ .* 365 ms .* holds$/);
    const [, narrow = ""] = drawCapacity(record, paint, 60);
    expect(narrow).toMatch(/^8 .* 365 ms .* 0 % +holds$/);
  });

  it("shows that errors are too many also where only a time is limited", () => {
    const [, line] = drawCapacity(toRecord("response.p95 < 2s", 0.99), paint);
    expect(line).toMatch(/│━+▶ .* 99 % +misses$/);
  });
});
