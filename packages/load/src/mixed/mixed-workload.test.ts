import http from "node:http";
import { createClosedLoopSchedule, createSchedule, type Schedule } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { listen } from "../fixtures/listen.ts";
import { planFor } from "../fixtures/plan-for.ts";
import type { LoadPlan } from "../run/load-plan.ts";
import { runLoad } from "../run/run-load.ts";
import type { HttpPlan } from "../workloads/http-plan.ts";
import type { MixedPlan } from "./mixed-plan.ts";

const get = (path: string): HttpPlan => ({
  kind: "http",
  requests: [{ method: "GET", path, headers: {}, body: undefined }],
  expect: "2xx",
});

function mixOf(url: string, parts: MixedPlan["parts"], requests: number, schedule?: Schedule): LoadPlan {
  return {
    url,
    workload: { kind: "mixed", parts },
    schedule: schedule ?? createClosedLoopSchedule({ users: 3, seed: 7 }),
    stop: { durationMs: undefined, requests },
    warmupMs: 0,
    transport: { headers: {}, connectTimeoutMs: 5000, timeoutMs: 5000 },
  };
}

async function startCounter(): Promise<
  AsyncDisposable & { readonly url: string; count(path: string): number }
> {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.url ?? "");
    response.writeHead(request.url === "/bad" ? 500 : 200).end();
  });
  const listening = await listen(server);
  return {
    url: listening.url,
    count: (path) => seen.filter((each) => each === path).length,
    [Symbol.asyncDispose]: async () => listening[Symbol.asyncDispose](),
  };
}

describe("a mix", () => {
  it.each<[what: string, schedule: Schedule]>([
    ["users", createClosedLoopSchedule({ users: 3, seed: 7 })],
    [
      "arrivals",
      createSchedule({
        seed: 7,
        segments: [
          {
            kind: "rate",
            fromPerSecond: 2000,
            toPerSecond: 2000,
            durationMs: null,
            arrivals: { kind: "constant" },
          },
        ],
      }),
    ],
  ])("has the shares asked for in a short run: %s", async (_, schedule) => {
    await using server = await startCounter();
    const parts = [
      { name: "often", weight: 70, workload: get("/often") },
      { name: "seldom", weight: 30, workload: get("/seldom") },
    ];
    const result = await runLoad(mixOf(server.url, parts, 20, schedule));
    expect(result.counts.completed).toBe(20);
    expect([server.count("/often"), server.count("/seldom")]).toEqual([14, 6]);
    expect(result.unit).toBe("requests");
  });

  it("counts requests where the parts count different units, and their units where these are one", async () => {
    await using server = await startEmbeddingServer("openai");
    const { workload } = planFor(server.url, {});
    const asIs: HttpPlan = {
      kind: "http",
      requests: [
        { method: "POST", path: "/as-is", headers: {}, body: { kind: "text", text: '{"input":"x"}' } },
      ],
      expect: "200",
    };
    const parts = [{ name: "embeddings", weight: 1, workload }];
    const alone = await runLoad(mixOf(server.url, parts, 4));
    expect([alone.unit, alone.counts.units]).toEqual(["texts", 8]);
    const mixed = await runLoad(
      mixOf(server.url, [...parts, { name: "as it is", weight: 1, workload: asIs }], 4),
    );
    expect([mixed.unit, mixed.counts.units]).toEqual(["requests", 4]);
    expect(mixed.counts.truncated).toEqual({ total: 0, knownOf: 0 });
  });

  it("judges each answer by its own part", async () => {
    await using server = await startCounter();
    const parts = [
      { name: "good", weight: 1, workload: get("/good") },
      { name: "bad", weight: 1, workload: get("/bad") },
    ];
    const { counts } = await runLoad(mixOf(server.url, parts, 10));
    expect(counts).toMatchObject({
      completed: 5,
      failed: { total: 5, byKind: { "http-500": { count: 5, firstMessage: "status 500, expected 2xx" } } },
    });
  });

  it("refuses what is no mix", async () => {
    const part = { name: "a", weight: 1, workload: get("/") };
    for (const [parts, message] of [
      [[], "at least one part, got none"],
      [[part, part], "different names, got a twice"],
      [[{ ...part, weight: 0 }], "the weight of a in the mix must be above 0, got 0"],
    ] as const)
      await expect(runLoad(mixOf("http://localhost:1", parts, 1))).rejects.toThrow(message);
  });
});
