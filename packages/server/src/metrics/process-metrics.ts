import { Counter, Gauge, type Registry } from "prom-client";
import type { EventLoopWatch } from "./event-loop-delay.ts";

/**
 * The HTTP process itself, under the names that dashboards know. prom-client's own default metrics are not used: they
 * start observers that nothing ends when the server closes.
 */
export function createProcessMetrics(registry: Registry, version: string, eventLoop: EventLoopWatch): void {
  const registers = [registry];
  new Gauge({
    name: "weir_build_info",
    help: "1. What runs here.",
    labelNames: ["version", "node", "platform"],
    registers,
  }).set({ version, node: process.version, platform: `${process.platform}-${process.arch}` }, 1);
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process was started, in seconds since 1970.",
    registers,
  }).set(Math.round(Date.now() / 1_000 - process.uptime()));
  const cpu = new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of the HTTP process, user and system. Replicas are processes of their own.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
  const resident = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the HTTP process.",
    registers,
    collect: (): void => resident.set(process.memoryUsage.rss()),
  });
  const heap = new Gauge({
    name: "nodejs_heap_size_used_bytes",
    help: "JavaScript heap of the HTTP process that is in use.",
    registers,
    collect: (): void => heap.set(process.memoryUsage().heapUsed),
  });
  // No label called quantile: Prometheus keeps that word for summaries.
  const delay = new Gauge({
    name: "weir_event_loop_delay_seconds",
    help: "How late timers of the HTTP process fire, over the last 10 s. at: p50, p99, max.",
    labelNames: ["at"],
    registers,
    collect() {
      const { p50Ms, p99Ms, maxMs } = eventLoop.read();
      delay.set({ at: "p50" }, p50Ms / 1_000);
      delay.set({ at: "p99" }, p99Ms / 1_000);
      delay.set({ at: "max" }, maxMs / 1_000);
    },
  });
}
