import { describeReplicaEvent, type ReplicaEvent } from "@weir/server";
import { describe, expect, it } from "vitest";
import { createStartLimit } from "./start-limit.ts";

const progress = { step: "calibrating", done: 1, total: 2 } as const;

describe("the limit of a start", () => {
  it("counts from the start, whatever is printed", () => {
    const limit = createStartLimit(100, 1_000);
    limit.note("listening on http://127.0.0.1:8787", 1_090);
    limit.note('{"level":30,"msg":"replicas x threads: 1 x 2"}', 1_095);
    expect([limit.isOver(1_100), limit.isOver(1_101)]).toEqual([false, true]);
  });

  it.each<ReplicaEvent>([
    { kind: "quantizing", precision: "int8", progress },
    { kind: "quantizing", precision: "int8-accurate", progress },
    { kind: "quantized", precision: "int8-accurate", path: "/made", tookMs: 200_000, damage: undefined },
    { kind: "measuring-precision", precision: "int8" },
  ])("counts anew from every sign that weights are made: $kind $precision", (event) => {
    const line = describeReplicaEvent(event)!;
    for (const written of [line, JSON.stringify({ level: 30, model: "mini", msg: line })]) {
      const limit = createStartLimit(100, 1_000);
      limit.note(written, 1_099);
      expect([limit.isOver(1_199), limit.isOver(1_200)]).toEqual([false, true]);
    }
  });
});
