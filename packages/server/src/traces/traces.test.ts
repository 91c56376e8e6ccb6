import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { startWeir } from "@weir/testkit";
import { describe, expect, it } from "vitest";
import { createLogger } from "../logs/create-logger.ts";
import { post } from "../observing/fixtures/clients.ts";
import { startOtlpReceiver, type ReceivedSpan } from "./fixtures/otlp-receiver.ts";

const route = "/v1/embeddings";

/** Serves, does something with it, closes, and gives what the receiver got. */
async function traced(use: (url: string) => Promise<unknown>): Promise<readonly ReceivedSpan[]> {
  await using receiver = await startOtlpReceiver();
  {
    await using weir = await startWeir({ observing: { otlpEndpoint: receiver.url }, echo: { blockMs: 5 } });
    await use(weir.url);
  }
  return receiver.spans;
}

describe("traces", () => {
  it("have a span for each request with a child for each phase, sent at the latest when the server closes", async () => {
    const spans = await traced((url) => post(url + route, { input: ["a", "b"] }));
    const root = spans.find((span) => span.name === `POST ${route}`)!;
    expect(root.parentSpanId).toBeUndefined();
    expect(root.attributes).toMatchObject({
      "http.route": route,
      "http.response.status_code": 200,
      "gen_ai.request.model": "echo",
      "weir.key_id": "anonymous",
      "weir.inputs": 2,
      "weir.outcome": "ok",
    });
    expect(root.resource).toMatchObject({ "service.name": "weir", "service.version": "0.0.0-test" });
    const phases = spans.filter((span) => span.parentSpanId === root.spanId);
    expect(phases.map((span) => span.name)).toEqual(["queue", "tokenize", "infer", "encode"]);
    for (const phase of phases) {
      expect(phase.traceId).toBe(root.traceId);
      expect(BigInt(phase.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(root.startTimeUnixNano));
      expect(BigInt(phase.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root.endTimeUnixNano));
    }
  });

  it("go on from the caller's, and leave out what the caller does not record", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const spanId = "b7ad6b7169203331";
    const ask = (url: string, flags: string) =>
      fetch(url + route, {
        method: "POST",
        headers: { traceparent: `00-${traceId}-${spanId}-${flags}` },
        body: JSON.stringify({ input: "a" }),
      }).then((response) => response.arrayBuffer());
    const spans = await traced(async (url) => {
      await ask(url, "01");
      await ask(url, "00");
    });
    const roots = spans.filter((span) => span.name === `POST ${route}`);
    expect(roots).toHaveLength(1);
    expect(roots[0]).toMatchObject({ traceId, parentSpanId: spanId });
  });

  it("mark what failed, and leave probes out", async () => {
    const spans = await traced(async (url) => {
      await post(`${url}/nowhere`, {});
      await post(`${url}${route}`, { model: "unknown", input: "a" });
      await (await fetch(`${url}/health/live`)).text();
    });
    expect(spans.map((span) => [span.name, span.attributes["http.response.status_code"]])).toEqual([
      ["POST other", 404],
      [`POST ${route}`, 404],
    ]);
  });

  it("are named in the log", async () => {
    const written: string[] = [];
    await using receiver = await startOtlpReceiver();
    {
      const logger = createLogger({ destination: { write: (line) => void written.push(line) } });
      await using weir = await startWeir({ logger, observing: { otlpEndpoint: receiver.url } });
      await post(weir.url + route, { input: "a" });
    }
    const root = receiver.spans.find((span) => span.parentSpanId === undefined)!;
    const line = written
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find((entry) => entry["route"] === route);
    expect(line).toMatchObject({ traceId: root.traceId });
  });

  it("do not hold the server up where nobody takes them, and say so once each", async () => {
    const written: string[] = [];
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    const logger = createLogger({ destination: { write: (line) => void written.push(line) } });
    await using refusing = await startOtlpReceiver(400);
    const deaf = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    try {
      for (const otlpEndpoint of [refusing.url, deaf]) {
        await using weir = await startWeir({ logger, observing: { otlpEndpoint } });
        expect(await post(weir.url + route, { input: "a" })).toBe(200);
      }
    } finally {
      silent.close();
    }
    const problems = written
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === "traces could not be delivered");
    expect(problems.map(({ endpoint }) => endpoint)).toEqual([refusing.url, deaf]);
  });
});
