import { createSchedule } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { startPathServer } from "../fixtures/path-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { runWorkload, steppedWorkload } from "../fixtures/run-workload.ts";

describe("turns of several requests", () => {
  it("sends the requests of a turn one after the other, and counts turns where requests are asked for", async () => {
    await using server = await startPathServer();
    const result = await runWorkload(
      planFor(server.url, { users: 1, stop: { requests: 4 } }),
      steppedWorkload(3),
    );
    expect(server.paths).toEqual(
      Array.from({ length: 12 }, (_, index) => `/0/${Math.floor(index / 3)}/${index % 3}`),
    );
    expect(result.counts).toMatchObject({ offered: 12, sent: 12, completed: 12, cutOff: 0 });
    expect(result.turns).toMatchObject({ completed: 4, failed: 0, durationMs: { n: 4 } });
    // A turn lasts as long as its three requests together.
    const { mean, n } = result.latencyMs.response;
    expect(result.turns!.durationMs.mean! * 4).toBeCloseTo(mean! * n, 2);
  });

  it("takes one slot of the schedule for a turn", async () => {
    await using server = await startPathServer();
    const pace = { everyMs: 40, overrun: "skip" } as const;
    const segments = [{ kind: "users", from: 2, to: 2, durationMs: 200 } as const];
    const paced = await runWorkload(
      planFor(server.url, { schedule: createSchedule({ seed: 1, segments, pace }) }),
      steppedWorkload(3),
    );
    expect(paced.attainment?.slots).toBe(10);
    expect(paced.counts.completed).toBe(3 * paced.attainment!.attained);
    const dueMs = [0, 10, 20, 30];
    const open = await runWorkload(
      planFor(server.url, {
        schedule: createSchedule({ seed: 1, segments: [{ kind: "replay", dueMs }] }),
      }),
      steppedWorkload(2),
    );
    expect(open.attainment).toEqual({ slots: 4, attained: 4, share: 1 });
    expect(open.counts).toMatchObject({ offered: 8, completed: 8 });
    expect(open.turns?.completed).toBe(4);
  });

  it("gives a turn up with the first request that fails, and begins anew", async () => {
    await using server = await startPathServer((_, response, path) => {
      if (path !== "/0/1/1") return false;
      response.writeHead(500).end();
      return true;
    });
    const workload = steppedWorkload(3);
    const result = await runWorkload(planFor(server.url, { users: 1, stop: { requests: 3 } }), workload);
    expect(server.paths.slice(3)).toEqual(["/0/1/0", "/0/1/1", "/0/2/0", "/0/2/1", "/0/2/2"]);
    expect(workload.abandoned.count).toBe(1);
    expect(result.turns).toMatchObject({ completed: 2, failed: 1 });
  });

  it("lets a user who leaves finish the turn", async () => {
    await using server = await startPathServer();
    const result = await runWorkload(
      planFor(server.url, {
        schedule: createSchedule({
          seed: 1,
          segments: [{ kind: "users", from: 3, to: 3, durationMs: 60 }],
        }),
      }),
      steppedWorkload(4),
    );
    expect(result.end).toEqual({ kind: "finished", by: "schedule" });
    expect(result.counts.completed % 4).toBe(0);
    expect(result.turns?.completed).toBe(result.counts.completed / 4);
  });

  it("has no turns where each is one request", async () => {
    await using server = await startPathServer();
    const result = await runWorkload(planFor(server.url, { stop: { requests: 4 } }), steppedWorkload(1));
    expect(result.turns).toBeUndefined();
  });

  it("tells the parts of a workload apart, each with counts and latencies of its own", async () => {
    await using server = await startPathServer((_, response, path) => {
      if (!path.endsWith("/1")) return false;
      response.writeHead(503).end();
      return true;
    });
    const result = await runWorkload(
      planFor(server.url, { users: 1, stop: { requests: 5 } }),
      steppedWorkload(2),
    );
    expect(result.parts?.map(({ name, counts }) => [name, counts.completed, counts.failed.total])).toEqual([
      ["step 0", 5, 0],
      ["step 1", 0, 5],
    ]);
    expect(result.parts?.map((part) => part.latencyMs.response.n)).toEqual([5, 0]);
    expect(result.counts).toMatchObject({ completed: 5, failed: { total: 5 } });
  });
});
