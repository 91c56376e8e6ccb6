import { describe, expect, it } from "vitest";
import { startPathServer } from "../fixtures/path-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { runWorkload, steppedWorkload } from "../fixtures/run-workload.ts";
import { describeConnections } from "./describe-connections.ts";

describe("connections of a run", () => {
  it("are one for each user where the server keeps them", async () => {
    await using server = await startPathServer();
    const result = await runWorkload(
      planFor(server.url, { users: 3, stop: { requests: 60 } }),
      steppedWorkload(1),
    );
    expect(result.connections).toEqual({ opened: 3, reused: 57 });
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
    expect(result.connections).toEqual({ opened: 60, reused: 0 });
    expect(result.warnings).toEqual([
      expect.stringContaining("60 connections were opened for 60 requests: the server closes them"),
    ]);
  });

  it("are no matter where there are few requests, or as many as there are users", () => {
    expect(describeConnections({ opened: 10, reused: 0 }, 1, 0)).toEqual([]);
    expect(describeConnections({ opened: 500, reused: 100 }, 500, 0)).toEqual([]);
  });

  it("name the limit of the machine where its ports are used up, with what to do", () => {
    const [warning] = describeConnections({ opened: 30_000, reused: 30_000 }, 30_000, 17);
    expect(warning).toContain("17 requests found no free local port");
    expect(warning).toContain("net.ipv4.ip_local_port_range");
  });
});
