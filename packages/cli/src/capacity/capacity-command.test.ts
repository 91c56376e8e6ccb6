import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CapacityRecord } from "@weir/lab";
import { startMock } from "@weir/mock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { createCapacityCommand } from "./capacity-command.ts";
import { resolveCapacityOptions } from "./resolve-capacity-options.ts";

describe("weir capacity", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-cli-capacity-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function run(args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const { context, written } = createTestContext();
    await createCapacityCommand(context).parseAsync([...args], { from: "user" });
    return { exitCode: context.exitCode, ...written };
  }

  // Shorter than a second: no probe is invalid, whatever else the machine does.
  const short = ["--probe-duration", "500ms", "--warmup", "100ms", "--workers", "1", "--cache", "warm"];

  it("says in one sentence how many users a server holds, draws the curve, and says where it is kept", async () => {
    await using mock = await startMock({ serviceMs: 20, slots: 3, queue: 0, spin: false });
    const flags = [
      mock.url,
      ...short,
      "--slo",
      "errors < 1%",
      "--out",
      out,
      "--dialect",
      "openai",
      "--model",
      "m",
    ];
    const { exitCode, stdout, stderr } = await run(flags);
    expect(exitCode).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[1]).toMatch(
      /^Holds 3 users within errors < 1%; 4 miss it \([\d.]+ % failed\)\. Plan for 2\.$/,
    );
    expect(stdout).toMatch(/━+│━+▶ +4 .* misses/);
    expect(stdout).toMatch(/│ +3 .* 0 % +holds/);
    expect(stdout).toContain("run folder");
    expect(stderr).toMatch(/^1 user (holds|unclear): 0 % failed \(errors < 1%\); about \d+ more probes?, /m);
  }, 60_000);

  it("prints the record, or its probes as CSV or Markdown", async () => {
    await using mock = await startMock({ serviceMs: 5, spin: false });
    const flags = [mock.url, ...short, "--slo", "errors < 1%", "--max-users", "2", "--out", out];
    const json = await run([...flags, "--json", "--quiet"]);
    const record = JSON.parse(json.stdout) as CapacityRecord;
    expect(record.capacity).toMatchObject({ lastPass: 2, firstFail: null });
    expect(json.stderr).toMatch(/^\nHolds 2 users within errors < 1%, the most that was asked for\./);
    const [folder] = /\S+Z-[0-9a-f]{6}/.exec(json.stderr) ?? [];
    expect(await readFile(path.join(folder!, "run.json"), "utf8")).toBe(json.stdout);
    const csv = await run([...flags, "--format", "csv", "--max-probes", "1", "--quiet"]);
    expect(csv.stdout).toMatch(/^users,purpose,outcome,requestsPerSecond,.*\n1,double,pass,/);
    const md = await run([...flags, "--format", "md", "--max-probes", "1", "--quiet"]);
    expect(md.stdout).toMatch(/^\*\*Holds 1 user within .*\*\*\n[^]*\| users \| purpose/);
  }, 60_000);
});

describe("its flags", () => {
  const resolve = (flags: object) => resolveCapacityOptions("http://127.0.0.1:1", flags, {});

  it("have defaults", async () => {
    expect(await resolve({})).toMatchObject({
      of: "users",
      least: 1,
      most: 10_000,
      limits: undefined,
      resolution: 0.05,
      maxProbes: undefined,
      probeDurationMs: 10_000,
      probeWarmupMs: 2000,
      pace: undefined,
      arrivals: undefined,
    });
  });

  it("are read in the units of people", async () => {
    const users = await resolve({
      minUsers: "10",
      maxUsers: "500",
      pace: "20s",
      slo: ["ttft.p95 < 800ms"],
      workload: "chat",
      resolution: "2%",
      maxProbes: "30",
      probeDuration: "1m",
      warmup: "0s",
    });
    expect(users).toMatchObject({
      least: 10,
      most: 500,
      pace: { everyMs: 20_000, overrun: "slip" },
      limits: [{ text: "ttft.p95 < 800ms" }],
      resolution: 0.02,
      maxProbes: 30,
      probeDurationMs: 60_000,
      probeWarmupMs: 0,
      run: { workload: { kind: "chat" }, stopFailures: undefined },
    });
    const rate = await resolve({ of: "rate", minRate: "30/min", arrivals: "gamma:2" });
    expect(rate).toMatchObject({
      of: "rate",
      least: 0.5,
      most: 100_000,
      arrivals: { kind: "gamma", shape: 2 },
    });
    expect((await resolve({ of: "rate" })).arrivals).toEqual({ kind: "poisson" });
  });

  it("are refused all at once, with what to do", async () => {
    const bad = { of: "rate", minUsers: "3", pace: "20s", minRate: "5", resolution: "0%", slo: ["fast"] };
    const message = await resolve(bad).catch((error: unknown) => (error as Error).message);
    for (const flag of ["min-users", "pace", "min-rate", "resolution", "slo"])
      expect(message).toContain(`--${flag}: `);
    await expect(resolve({ minUsers: "9", maxUsers: "4" })).rejects.toThrow("--max-users: expected at least");
    await expect(resolve({ minRate: "9/s" })).rejects.toThrow("Add --of rate");
  });
});
