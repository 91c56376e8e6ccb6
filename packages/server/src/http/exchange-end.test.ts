import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { expect, it, vi } from "vitest";
import { readMetrics } from "../observing/fixtures/clients.ts";

function toBytes(texts: readonly string[]): string {
  const body = JSON.stringify({ texts });
  return `POST /embed HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

async function open(server: RunningServer): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** A client that sends requests behind each other without waiting for answers, and goes away before there is any. */
async function hangUpOn(server: RunningServer, requests: readonly string[]): Promise<void> {
  const [model] = await server.ready;
  const client = await open(server);
  client.write(requests.join(""));
  await vi.waitUntil(() => model!.jobsHeld === requests.length, { interval: 5, timeout: 10_000 });
  client.destroy();
  // What the engine is at keeps its slot, but is nobody's any more.
  const countCancelled = (): number => {
    const { waiting, running } = model!.admissionStats().totals.cancelled;
    return waiting + running;
  };
  await vi.waitUntil(() => countCancelled() === requests.length, { interval: 5, timeout: 10_000 });
}

it("every request of a client that hung up is over, those behind the first too", async () => {
  await using server = await startWeir({
    echo: { blockMs: 60_000, blockWord: "long" },
    drainTimeoutMs: 1,
  });
  await hangUpOn(server, [toBytes(["long"]), ...Array.from({ length: 9 }, () => toBytes(["a"]))]);
  const metrics = await readMetrics(server.url);
  expect(metrics.sum("weir_requests_total", { route: "/embed", status: "499" })).toBe(10);
});

it("their bodies take nobody's place after it", async () => {
  await using server = await startWeir({
    echo: { blockMs: 60_000, blockWord: "long" },
    limits: { heldBytes: 100_000 },
    drainTimeoutMs: 1,
  });
  const [model] = await server.ready;
  await hangUpOn(server, [toBytes(["long"]), toBytes(["a".repeat(90_000)])]);
  const client = await open(server);
  let answer = "";
  client.on("data", (piece) => (answer += String(piece)));
  client.write(toBytes(["b".repeat(90_000)]));
  const countAdmitted = (): number => model!.admissionStats().totals.admitted;
  await vi.waitUntil(() => countAdmitted() === 3 || answer !== "", { interval: 5, timeout: 10_000 });
  client.destroy();
  expect(answer).toBe("");
});
