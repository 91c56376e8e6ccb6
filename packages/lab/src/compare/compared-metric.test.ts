import { describe, expect, it } from "vitest";
import { choosePrimary, chooseMetrics, parseComparedMetric } from "./compared-metric.ts";
import type { WorkloadRequest } from "../run/run-request.ts";

const http: WorkloadRequest = { kind: "http", requests: [], expect: "2xx" };
const embeddings = { kind: "embeddings" } as WorkloadRequest;
const chat = (stream: boolean): WorkloadRequest => ({ kind: "chat", stream }) as WorkloadRequest;

describe("parseComparedMetric", () => {
  it("reads times and rates, and knows which way is better", () => {
    expect(parseComparedMetric(" ttft.p95 ")).toMatchObject({ name: "ttft.p95", better: "less" });
    expect(parseComparedMetric("service")).toMatchObject({ name: "service.p50", better: "less" });
    expect(parseComparedMetric("units")).toMatchObject({ name: "units", better: "more" });
  });

  it.each(["", "speed", "ttft.p42", "units.p50", "response.p50.x", "errors"])("refuses %j", (text) => {
    expect(() => parseComparedMetric(text)).toThrow(/^expected a time such as response\.p95 .*, got/);
  });
});

describe("what is compared", () => {
  it("is the time to the first token of streams, else the response time, or what the preset says", () => {
    const primaryOf = (workload: WorkloadRequest, metric?: string): string =>
      choosePrimary({ workload, ...(metric !== undefined && { preset: { name: "x", metric } }) }).name;
    expect(primaryOf(chat(true))).toBe("ttft.p50");
    expect(primaryOf(chat(false))).toBe("response.p50");
    expect(primaryOf(http)).toBe("response.p50");
    expect(primaryOf(chat(true), "service")).toBe("service.p50");
  });

  it("has the primary metric first and once, and no figure twice under two names", () => {
    const namesOf = (workload: WorkloadRequest, primary: string): string[] =>
      chooseMetrics(parseComparedMetric(primary), { workload }).map(({ name }) => name);
    expect(namesOf(http, "response.p95").filter((name) => name === "response.p95")).toHaveLength(1);
    expect(namesOf(http, "requests")[0]).toBe("requests");
    expect(namesOf(http, "requests")).not.toContain("units");
    expect(namesOf(embeddings, "response.p50")).toContain("units");
    expect(namesOf(chat(true), "ttft.p50")).toEqual(expect.arrayContaining(["tpot.p50", "tokens"]));
  });
});
