import { describe, expect, it } from "vitest";
import { resolveRunOptions } from "../resolve-run-options.ts";
import type { RunFlags } from "../run-flags.ts";
import { presets } from "./presets.ts";

const base = "http://h:1";
const resolve = async (flags: RunFlags, url = base): ReturnType<typeof resolveRunOptions> =>
  resolveRunOptions(url, flags, {});

describe("presets", () => {
  it.each(presets.map(({ name }) => name))("%s is a run that can be", async (preset) => {
    const { metric } = presets.find(({ name }) => name === preset)!;
    expect((await resolve({ preset })).preset).toEqual({ name: preset, metric });
  });

  it("are the runs that they say", async () => {
    expect(await resolve({ preset: "stream-fixed" })).toMatchObject({
      users: 200,
      schedule: { kind: "paced", pace: { everyMs: 20_000, overrun: "slip" } },
      durationMs: 480_000,
      stopFailures: undefined,
      workload: { kind: "chat", stream: true, temperature: 0 },
      preset: { metric: "service" },
    });
    expect(await resolve({ preset: "ramp-605" })).toMatchObject({
      schedule: { segments: [{ kind: "users", from: 10, to: 100, durationMs: 30_000 }, {}] },
      requests: 605,
      durationMs: undefined,
      warmupMs: 0,
      timeoutMs: 120_000,
      stopFailures: 0,
      workload: { kind: "chat", maxTokens: 32 },
    });
    expect(await resolve({ preset: "stress" })).toMatchObject({ users: 500, stopFailures: 5 });
    expect(await resolve({ preset: "burst" })).toMatchObject({
      users: 100,
      durationMs: 60_000,
      workload: { kind: "embeddings" },
    });
  });

  it("give way to flags, with all that these contradict", async () => {
    expect(
      await resolve({ preset: "ramp-605", users: "7", duration: "5s", outputTokens: "9" }),
    ).toMatchObject({
      users: 7,
      schedule: { kind: "closed-loop" },
      durationMs: 5000,
      requests: undefined,
      timeoutMs: 120_000,
      workload: { maxTokens: 9 },
    });
    expect(await resolve({ preset: "stream-fixed", rate: "5/s" })).toMatchObject({
      schedule: { kind: "open-loop" },
    });
    expect(await resolve({ preset: "burst", users: "9" })).toMatchObject({
      users: 100,
      schedule: { segments: [{ from: 9 }, { from: 100 }, { from: 9 }] },
    });
    expect(await resolve({ preset: "stress", stopFailures: "50" })).toMatchObject({ stopFailures: 50 });
  });

  it("give way to another workload with their chat, and keep their shape", async () => {
    expect(await resolve({ preset: "ramp-605", workload: "embeddings" })).toMatchObject({
      requests: 605,
      workload: { kind: "embeddings" },
    });
    expect(await resolve({ preset: "ramp-605", body: "x" })).toMatchObject({ workload: { kind: "http" } });
    expect(await resolve({ preset: "ramp-605", mix: ["1 http"] })).toMatchObject({
      workload: { kind: "mixed" },
    });
    expect(await resolve({ preset: "ramp-605", workload: "tools" })).toMatchObject({
      workload: { kind: "chat", maxTokens: 32, turns: { kind: "tools" } },
    });
    // A path says plain HTTP only where nothing says chat.
    expect(await resolve({ preset: "ramp-605" }, `${base}/behind`)).toMatchObject({
      url: `${base}/behind`,
      workload: { kind: "chat" },
    });
    expect(await resolve({ preset: "smoke" }, `${base}/items`)).toMatchObject({ workload: { kind: "http" } });
  });

  it("have names", async () => {
    await expect(resolve({ preset: "ramp" })).rejects.toThrow(
      '--preset: expected smoke, burst, stress, stream-fixed, ramp-605, got "ramp". weir run --list-presets describes them.',
    );
  });
});

describe("failures that end a run", () => {
  it("are five where answers are streamed and no preset decides, and none is said elsewhere", async () => {
    const stopOf = async (flags: RunFlags): Promise<number | undefined> =>
      (await resolve(flags)).stopFailures;
    expect(await stopOf({})).toBeUndefined();
    expect(await stopOf({ body: "x" })).toBeUndefined();
    expect(await stopOf({ workload: "chat" })).toBe(5);
    expect(await stopOf({ workload: "chat", stream: false })).toBeUndefined();
    expect(await stopOf({ mix: ["9 embeddings", "1 chat"] })).toBe(5);
    expect(await stopOf({ workload: "chat", stopFailures: "0" })).toBe(0);
    expect(await stopOf({ workload: "chat", stopFailures: "12" })).toBe(12);
    expect(await stopOf({ workload: "chat", preset: "smoke" })).toBeUndefined();
  });

  it("may be a share of the requests of a while", async () => {
    expect(await resolve({ stopErrorRate: "12.5%/30s" })).toMatchObject({
      stopErrorRate: { share: 0.125, windowMs: 30_000, leastCount: 20 },
    });
    for (const stopErrorRate of ["10%", "0%/30s", "101%/30s", "10%/0s", "10/30s", "10%/30"])
      await expect(resolve({ stopErrorRate })).rejects.toThrow(
        "--stop-error-rate: expected a share above 0 % and a time such as 10%/30s",
      );
  });
});
