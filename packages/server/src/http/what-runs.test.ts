import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEchoVariant } from "../fixtures/echo-variant.ts";
import { describePlacement } from "./placement.ts";

const strangers = { "x-forwarded-for": "203.0.113.7" };

async function read(url: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  return (await (await fetch(url, { headers })).json()) as Record<string, unknown>;
}

describe("what runs", () => {
  it("is in /info and /health: the device, why it is not another one, and the layout as it was given", async () => {
    const engineModule = createEchoVariant(
      `return { ...computer, info: { ...computer.info, deviceFallback: "cuda: /usr/lib/libcudnn.so.9 is missing" } };`,
    );
    await using weir = await startWeir({
      models: [{ name: "echo", engineModule, spec: { path: "/", threads: 1 }, replicas: 2 }],
    });
    const runs = {
      device: "cpu",
      device_fallback: "cuda: libcudnn.so.9 is missing",
      layout: { replicas: 2, threads: 1, chosen_by: "given", measured: [] },
      precision_choice: {
        asked: "fp32",
        runs: "as-is",
        chosen_by: "given",
        reason: "as asked",
        measured: [],
      },
    };
    expect(await read(`${weir.url}/info`)).toMatchObject({ ...runs, tokenization_workers: 2 });
    expect(await read(`${weir.url}/health`)).toMatchObject({ models: [runs] });
  });

  it("has the points of a measurement, whenever it was made", () => {
    const measured = [
      { replicas: 1, threads: 2, jobsPerSecond: 10.123 },
      { replicas: 2, threads: 1, jobsPerSecond: 13 },
    ];
    const layout = { replicas: 2, threads: 1, chosenBy: "remembered", measured } as const;
    expect(describePlacement({ device: "cpu" }, layout, undefined)).toEqual({
      device: "cpu",
      device_fallback: null,
      precision_choice: null,
      layout: {
        replicas: 2,
        threads: 1,
        chosen_by: "remembered",
        measured: [
          { replicas: 1, threads: 2, jobs_per_second: 10.12 },
          { replicas: 2, threads: 1, jobs_per_second: 13 },
        ],
      },
    });
  });
});

describe("a model whose processes end again and again", () => {
  const secret = "/srv/private/models/mini/model.onnx";
  let weir: RunningServer;
  beforeAll(async () => {
    weir = await startWeir({
      models: [
        {
          name: "echo",
          engineModule: createEchoVariant(
            `return { ...computer, compute(batch) {
              if (batch.tokenIds.includes(5)) setImmediate(() => { throw new Error("no more memory for ${secret}"); });
              return batch.tokenIds.includes(5) ? new Promise(() => {}) : computer.compute(batch);
            } };`,
          ),
          spec: { path: "/", options: { crashWord: "boom" } },
          circuit: { crashes: 1, openMs: 60_000, provedJobs: 1_000 },
        },
      ],
    });
    const [model] = await weir.ready;
    await embed("boom");
    while (model!.state.kind !== "circuit-open") await new Promise((resolve) => setTimeout(resolve, 1));
  }, 30_000);
  afterAll(() => weir[Symbol.asyncDispose]());

  async function embed(text: string): Promise<Response> {
    return fetch(`${weir.url}/v1/embeddings`, { method: "POST", body: JSON.stringify({ input: text }) });
  }

  it("tells clients and strangers the cause, without a path or a frame of a stack", async () => {
    const answer = await embed("fine");
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    const said = [
      await answer.text(),
      await (await fetch(`${weir.url}/health`, { headers: strangers })).text(),
      await (await fetch(`${weir.url}/health/ready`)).text(),
    ];
    for (const text of said) {
      expect(text).toContain("Error: no more memory for model.onnx");
      expect(text).not.toMatch(/\/srv|private|\bat \w+.*:\d+|data:text|node:/);
    }
  });

  it("tells operators everything that it printed", async () => {
    const { models } = (await read(`${weir.url}/health`)) as { models: { last_lines: string[] }[] };
    const printed = models[0]!.last_lines.join("\n");
    expect(printed).toContain(secret);
    expect(printed).toMatch(/^\s+at /m);
  });
});
