import { describe, expect, it } from "vitest";
import { AdmissionCore } from "./admission-core.ts";

/** One slot, two places to wait, 100 ms a job, all of it taken by key `A` over one connection. */
function full(): AdmissionCore {
  const core = new AdmissionCore({ slots: 1, maxJobs: 2 });
  core.noteService(100, 100);
  for (let job = 0; job < 3; job++) {
    core.offer({ key: { id: "A" }, cost: 100, caller: "proxy" }, 0);
    core.next(0);
  }
  return core;
}

describe("promises over a connection that several clients share", () => {
  it.each([
    ["another key", { key: { id: "B" } }],
    ["another class", { key: { id: "A" }, class: "batch" }],
  ] as const)("are not taken up by %s", (_, other) => {
    const core = full();
    const job = { key: { id: "A" }, cost: 100, caller: "proxy" } as const;
    const refused = core.offer(job, 0);
    if (refused.kind !== "refused") throw new Error("expected a refusal");
    const dueMs = refused.refusal.retryAfterMs!;
    core.offer({ ...other, cost: 100, caller: "proxy" }, dueMs);
    expect(core.stats(dueMs).totals.promises.claimed).toBe(0);
    core.offer(job, dueMs);
    expect(core.stats(dueMs).totals.promises.claimed).toBe(1);
  });
});
