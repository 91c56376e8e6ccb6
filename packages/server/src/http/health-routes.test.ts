import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpUser, until } from "../fixtures/http-user.ts";

let weir: RunningServer;
beforeAll(async () => {
  weir = await startWeir({ aliases: { other: "echo" } });
});
afterAll(() => weir[Symbol.asyncDispose]());

describe("probes", () => {
  it.each([
    ["/health/live", { status: "ok" }],
    ["/healthz", { status: "ok" }],
    ["/livez", { status: "ok" }],
    ["/ping", { status: "ok" }],
    ["/health/ready", { status: "ok" }],
    ["/readyz", { status: "ok" }],
    ["/health/startup", { status: "ok" }],
    ["/v2/health/live", { live: true }],
    ["/v2/health/ready", { ready: true }],
    ["/v2/models/echo/ready", { name: "echo", ready: true }],
    ["/v2/models/echo%3Alatest/ready", { name: "echo", ready: true }],
    ["/v2/models/other/ready", { name: "echo", ready: true }],
  ])("%s is 200 %j", async (path, body) => {
    const answer = await fetch(weir.url + path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(body);
    const head = await fetch(weir.url + path, { method: "HEAD" });
    expect(head.status).toBe(200);
  });

  it("know of a model that is not served: 404, in KServe's envelope", async () => {
    const answer = await fetch(`${weir.url}/v2/models/gpt-9/ready`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("x-should-retry")).toBe("false");
    expect(await answer.json()).toEqual({ error: 'model "gpt-9" is not served here' });
  });

  it("turn unready, and live stays, when the queue is nearly full", async () => {
    await using server = await startWeir({ echo: { delayMs: 200 }, limits: { jobs: 2 } });
    const [model] = await server.ready;
    const users = Array.from({ length: 4 }, () => createHttpUser(server.url));
    const answers = users.map((user) => user.embed(["a"]));
    await until(() => model!.jobsHeld === 4);
    using prober = createHttpUser(server.url);
    const ready = await prober.get("/health/ready");
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toEqual({
      status: "unavailable",
      reason: "echo: its queue is nearly full",
    });
    expect((await prober.get("/v2/models/echo/ready")).status).toBe(503);
    expect((await prober.get("/health/live")).status).toBe(200);
    // Full is not broken: who restarts a server by this probe must not do it for that.
    expect((await prober.get("/health")).status).toBe(200);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await prober.get("/health/ready")).status).toBe(200);
    for (const user of users) user[Symbol.dispose]();
  });
});

describe("/health", () => {
  it("tells this machine how the server is", async () => {
    const answer = await fetch(`${weir.url}/health`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      status: "ok",
      state: "ok",
      causes: [],
      memory: { rss_bytes: expect.any(Number) },
      cpu: { process_cores: expect.any(Number) },
      gpus: [],
      models: [
        {
          name: "echo",
          state: "ready",
          device: "cpu",
          queue: { waiting: 0, limit: 256, slots: 2, slots_in_use: 0 },
          replicas: [{ place: 0, state: "ready", pid: expect.any(Number), jobs_under_way: 0 }],
          optimizations: {
            max_batch_tokens: expect.any(Number),
            split_over_replicas: false,
            jobs_at_once_per_replica: 2,
          },
          device_fallback: null,
          layout: { replicas: 1, chosen_by: "given", measured: [] },
        },
      ],
    });
  });

  it.each([
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
    "x-client-ip",
    "cf-connecting-ip",
    "true-client-ip",
  ])("tells others only that it is well: %s", async (header) => {
    const answer = await fetch(`${weir.url}/health`, { headers: { [header]: "203.0.113.7" } });
    expect(await answer.json()).toEqual({ status: "ok" });
  });
});
