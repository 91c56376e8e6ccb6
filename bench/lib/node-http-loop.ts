import { Agent, request } from "node:http";
import { Histogram } from "@weir/stats";

/** Requests a second of what one writes with Node alone: an agent that keeps connections, and a histogram. */
export async function nodeHttpLoop(url: string, connections: number, durationMs: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencyMs = new Histogram();
  const startedMs = performance.now();
  const endMs = startedMs + durationMs;
  const get = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const sentMs = performance.now();
      const call = request(url, { agent }, (response) => {
        response.on("data", () => {});
        response.on("end", () => {
          latencyMs.record(performance.now() - sentMs);
          resolve();
        });
      });
      call.on("error", reject);
      call.end();
    });
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < endMs) await get();
    }),
  );
  agent.destroy();
  return (latencyMs.n * 1000) / (performance.now() - startedMs);
}
