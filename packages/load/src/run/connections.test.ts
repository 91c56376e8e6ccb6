import net from "node:net";
import { createSchedule, Histogram, toDistribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { listen } from "../fixtures/listen.ts";
import { startPathServer } from "../fixtures/path-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { runWorkload, steppedWorkload } from "../fixtures/run-workload.ts";
import type { FailureSummary } from "../recording/failure-tally.ts";
import { describeConnections, describeMachineLimits } from "./describe-connections.ts";
import type { LoadPlan } from "./load-plan.ts";

const warningsOf = (
  counts: { readonly opened: number; readonly reused: number },
  most: number,
  waitMs = toDistribution(new Histogram()),
): readonly string[] =>
  describeConnections({ counts: { ...counts, lostWhileIdle: 0 }, most, waitMs, offered: 1000 });

describe("connections of a run", () => {
  it("are one for each user where the server keeps them", async () => {
    await using server = await startPathServer();
    const result = await runWorkload(
      planFor(server.url, { users: 3, stop: { requests: 60 } }),
      steppedWorkload(1),
    );
    expect(result.connections).toEqual({ opened: 3, reused: 57, lostWhileIdle: 0 });
    expect(result.warnings).toEqual([]);
  });

  it("are told of where the server closes them after every answer", async () => {
    await using server = await startPathServer((_, response) => {
      response.setHeader("connection", "close");
      return false;
    });
    const result = await runWorkload(
      planFor(server.url, { users: 3, stop: { requests: 60 } }),
      steppedWorkload(1),
    );
    expect(result.connections).toEqual({ opened: 60, reused: 0, lostWhileIdle: 0 });
    expect(result.warnings).toEqual([
      expect.stringContaining("60 connections were opened for 60 requests: the server closes them"),
    ]);
  });

  it("are no matter where there are few requests, or as many as there are users", () => {
    expect(warningsOf({ opened: 10, reused: 0 }, 1)).toEqual([]);
    expect(warningsOf({ opened: 500, reused: 100 }, 500)).toEqual([]);
  });

  it("that are too few for what is due are named with what that cost, and the server is not", () => {
    const waitMs = new Histogram();
    for (let index = 0; index < 100; index += 1) waitMs.record(40 + index);
    const [warning] = warningsOf({ opened: 8, reused: 992 }, 8, toDistribution(waitMs));
    expect(warning).toMatch(
      /100 of 1,000 requests waited for one of 8 connections \(--max-connections\).*139/,
    );
  });

  it("name the limits of the machine where they are used up, with what to do", () => {
    const count = (kind: string): FailureSummary => ({
      total: 17,
      byKind: { [kind]: { count: 17, firstMessage: "", firstBody: "" } },
    });
    const [ports] = describeMachineLimits(count("ports-exhausted"));
    expect(ports).toContain("17 requests found no free local port");
    expect(ports).toContain("net.ipv4.ip_local_port_range");
    const [files] = describeMachineLimits(count("too-many-open-files"));
    expect(files).toMatch(/17 requests could open no socket.*ulimit -n/);
    expect(describeMachineLimits(count("timeout"))).toEqual([]);
  });

  it("that all must wait for make a warning of a real run", async () => {
    await using server = await startPathServer((_, response) => {
      setTimeout(() => response.end("ok"), 20);
      return true;
    });
    const arrivals = { kind: "constant" } as const;
    const segment = {
      kind: "rate",
      fromPerSecond: 200,
      toPerSecond: 200,
      durationMs: 300,
      arrivals,
    } as const;
    const plan = planFor(server.url, { schedule: createSchedule({ seed: 1, segments: [segment] }) });
    const result = await runWorkload(
      { ...plan, transport: { ...plan.transport, maxConnections: 2 } },
      steppedWorkload(1),
    );
    expect(result.warnings).toEqual([expect.stringContaining("waited for one of 2 connections")]);
    expect(result.latencyMs.lag.max).toBeGreaterThan(20);
  });
});

describe("a connection that the server closes as idle", () => {
  const restMs = 800;
  const pacedPlan = (url: string, everyMs: number): LoadPlan =>
    planFor(url, {
      schedule: createSchedule({
        seed: 1,
        segments: [{ kind: "users", from: 2, to: 2, durationMs: null }],
        pace: { everyMs, overrun: "skip" },
      }),
      stop: { requests: 6, failures: 1 },
    });
  /** Answers the first request of a connection; the second finds it closed. */
  const onceOnly = (): net.Server =>
    net.createServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        socket.once("data", () => socket.destroy());
      });
    });

  it("loses no request: it is sent once more, and counted", async () => {
    await using server = await listen(onceOnly());
    const result = await runWorkload(pacedPlan(server.url, restMs), steppedWorkload(1));
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.counts).toMatchObject({ completed: 6, sent: 6, failed: { total: 0 } });
    expect(result.connections.lostWhileIdle).toBeGreaterThan(0);
    expect(result.connections.opened).toBe(6);
  });

  it("is a failure of the server where it had hardly rested", async () => {
    await using server = await listen(onceOnly());
    const result = await runWorkload(pacedPlan(server.url, 20), steppedWorkload(1));
    expect(result.end).toMatchObject({ kind: "stopped", reason: { kind: "too-many-failures" } });
    expect(result.connections.lostWhileIdle).toBe(0);
  });
});
