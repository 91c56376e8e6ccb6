import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeepAliveCore } from "./keep-alive-core.ts";

const forever = Number.POSITIVE_INFINITY;

describe("KeepAliveCore", () => {
  it("counts from the end of the last use", () => {
    const core = new KeepAliveCore(1_000);
    expect(core.dueAtMs).toBe(forever);
    core.begin(undefined);
    core.begin(undefined);
    core.end(10);
    expect(core.dueAtMs).toBe(forever);
    expect(core.leftMs(10)).toBe(1_000);
    core.end(50);
    expect(core.dueAtMs).toBe(1_050);
    expect(core.leftMs(950)).toBe(100);
    expect(core.takeDue(1_049)).toBeUndefined();
    expect(core.takeDue(1_050)).toBe(1_000);
    expect(core.dueAtMs).toBe(forever);
    expect(core.takeDue(9_999)).toBeUndefined();
  });

  it("keeps what a request said until another says something else", () => {
    const core = new KeepAliveCore(forever);
    core.begin(100);
    core.end(0);
    core.begin(undefined);
    core.end(50);
    expect(core.dueAtMs).toBe(150);
    core.begin(forever);
    core.end(60);
    expect(core.takeDue(1e15)).toBeUndefined();
  });

  it("goes back to the default once the model was unloaded", () => {
    const core = new KeepAliveCore(500);
    core.begin(0);
    core.end(10);
    expect(core.takeDue(10)).toBe(0);
    core.begin(undefined);
    core.end(20);
    expect(core.dueAtMs).toBe(520);
  });

  it("with 0 waits for what others do, and a request that comes meanwhile may keep the model", () => {
    const core = new KeepAliveCore(forever);
    core.begin(undefined);
    core.begin(0);
    core.end(5);
    expect(core.takeDue(5)).toBeUndefined();
    core.begin(1_000);
    core.end(6);
    core.end(7);
    expect(core.takeDue(7)).toBeUndefined();
    expect(core.takeDue(1_007)).toBe(1_000);
  });

  it("is never due while somebody uses it, nor earlier than the last word on it allows", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("begin" as const),
        keepAliveMs: fc.option(fc.nat(50), { nil: undefined }),
      }),
      fc.record({ kind: fc.constant("end" as const) }),
      fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(60) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const core = new KeepAliveCore(20);
        let nowMs = 0;
        let uses = 0;
        let lastWordMs = 20;
        let idleFromMs = forever;
        for (const action of steps) {
          if (action.kind === "wait") nowMs += action.ms;
          else if (action.kind === "begin") {
            core.begin(action.keepAliveMs);
            uses++;
            lastWordMs = action.keepAliveMs ?? lastWordMs;
            idleFromMs = forever;
          } else if (uses > 0) {
            core.end(nowMs);
            uses--;
            if (uses === 0) idleFromMs = nowMs;
          }
          const isDue = idleFromMs + lastWordMs <= nowMs;
          expect(core.takeDue(nowMs)).toBe(isDue ? lastWordMs : undefined);
          if (isDue) {
            lastWordMs = 20;
            idleFromMs = forever;
          }
        }
      }),
    );
  });
});
