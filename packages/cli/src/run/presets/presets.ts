import type { PresetChoice } from "@weir/lab";
import type { RunFlags } from "../run-flags.ts";

/** A run with a name: flags that somebody would otherwise have to type. */
export interface Preset extends PresetChoice {
  /** Where it comes from. */
  readonly origin: string;
  /** What it does, in words. */
  readonly shape: string;
  readonly flags: Partial<RunFlags>;
}

export const presets: readonly Preset[] = [
  {
    name: "smoke",
    metric: undefined,
    origin: "the smoke test of load testing: the least load that shows whether anything works at all",
    shape: "1 user, 5 requests",
    flags: { users: "1", requests: "5" },
  },
  {
    name: "burst",
    metric: "response",
    origin: "the spike test of load testing: a crowd that comes at once and goes, and what it leaves behind",
    shape: "4 users for 20 s, 100 users for 10 s, then 4 users for 30 s",
    flags: { users: "4", spike: "100/10s@20s", duration: "60s", warmup: "0s" },
  },
  {
    name: "stress",
    metric: "ttft",
    origin: "the breakpoint test of load testing: more and more users until the server gives in",
    shape: "streamed chat, 5 to 500 users, 5 more each second, held for 30 s; ends at the fifth failure",
    flags: { workload: "chat", ramp: "5..500@5/s", stopFailures: "5" },
  },
  {
    name: "stream-fixed",
    metric: "service",
    origin:
      "a fixed population at a fixed pace, wait = max(0, T - taken): constant_pacing in Locust. A server four times as fast gets as many requests of each user, so two servers are compared by the duration of a request",
    shape: "streamed chat at temperature 0, 200 users, a turn of each every 20 s (slips), 8 minutes",
    flags: {
      workload: "chat",
      temperature: "0",
      users: "200",
      pace: "20s",
      overrun: "slip",
      duration: "8m",
    },
  },
  {
    name: "ramp-605",
    metric: "response",
    origin:
      "an acceptance test of chat servers with a bounded queue: more users than slots, so that answers, refusals and timeouts all occur and can be counted",
    shape:
      "streamed chat, 50 tokens in and 32 out, 605 requests, 10 to 100 users in 30 s, timeout 120 s, never stopped by failures",
    flags: {
      workload: "chat",
      inputTokens: "50",
      outputTokens: "32",
      ramp: "10..100/30s",
      requests: "605",
      timeout: "120s",
      stopFailures: "0",
    },
  },
];
