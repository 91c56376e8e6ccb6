import type { CompareRequest } from "@weir/lab";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createCompareOptions, type CompareFlags } from "./compare-flags.ts";
import { resolveCompare } from "./resolve-compare.ts";

const [one, two] = ["http://127.0.0.1:1", "http://127.0.0.1:2"];

async function resolve(...args: readonly string[]): Promise<CompareRequest> {
  const command = new Command().argument("[a]").argument("[b]").exitOverride();
  for (const option of createCompareOptions()) command.addOption(option);
  command.configureOutput({ writeErr: () => {} }).parse([...args], { from: "user" });
  const [a, b] = command.args;
  return await resolveCompare([a, b], command.opts<CompareFlags>(), { KEY_B: "secret" });
}

describe("the sides", () => {
  it("are two servers with the same load", async () => {
    const { a, b, against, halfLength } = await resolve(one, two, "--users", "3", "--seed", "9");
    expect([a.run.url, b.run.url, against]).toEqual([one, two, "another"]);
    expect(b.run.schedule).toEqual(a.run.schedule);
    expect(a.run).toMatchObject({ users: 3, seed: 9, warmupMs: 1000 });
    expect(halfLength).toBe("measured");
  });

  it("are one server where only what is sent differs", async () => {
    const { a, b, against } = await resolve(
      one,
      "--header",
      "X-Both: 1",
      "--header",
      "X-Mode: old",
      "--header-b",
      "x-mode: new",
      "--key-env-b",
      "KEY_B",
      "--model",
      "m",
      "--model-b",
      "n",
    );
    expect(b.run.url).toBe(one);
    expect(against).toBe("another");
    expect(a.run.headers).toEqual({ "X-Both": "1", "X-Mode": "old" });
    expect(b.run.headers).toEqual({ "X-Both": "1", "x-mode": "new", Authorization: "Bearer secret" });
    expect([a.run.workload, b.run.workload]).toMatchObject([{ model: "m" }, { model: "n" }]);
  });

  it("may have bodies that are given in different ways", async () => {
    const { a, b } = await resolve(`${one}/x`, "--body-file", "package.json", "--body-b", "{}");
    expect([a.run.workload, b.run.workload]).toMatchObject([
      { requests: [{ body: { kind: "file" } }] },
      { requests: [{ body: { kind: "text", text: "{}" } }] },
    ]);
  });

  it("are started by commands, with a path of both where one is given", async () => {
    const started = await resolve("/v1/items", "--start", "old {port}", "--start-b", "new {port}");
    expect([started.a.start, started.b.start]).toEqual(["old {port}", "new {port}"]);
    expect(started.a.run.workload).toMatchObject({ kind: "http", requests: [{ path: "/v1/items" }] });
    expect(started.sharedServer).toBe(false);
    const against = await resolve(`${one}/v1/items`, "--start-b", "new {port}");
    expect(against.b.run.workload).toMatchObject({ requests: [{ path: "/v1/items" }] });
    expect(against.a.start).toBeUndefined();
  });

  it("are one server that is started once for two settings of it, and two for a program against itself", async () => {
    expect(await resolve("--start", "x {port}", "--model-b", "n")).toMatchObject({
      sharedServer: true,
      against: "another",
    });
    expect(await resolve("--start", "x {port}")).toMatchObject({ sharedServer: false, against: "itself" });
  });

  it("are the same with --aa, and with the same URL twice", async () => {
    expect((await resolve(one, "--aa")).against).toBe("itself");
    expect((await resolve(one, one)).against).toBe("itself");
    expect((await resolve(one, one, "--toggle-b", "x")).against).toBe("another");
  });

  it.each([
    [[one], "there is nothing to compare with"],
    [[], "the URL of the server is missing"],
    [[one, two, "--aa"], "--aa compares a server with itself"],
    [[one, two, "--start-b", "x {port}"], "--start-b starts the server of B, so it has no URL"],
    [[one, "--start", "x {port}"], "--start starts the server of A, so it has no URL"],
    [["/path"], "expected a URL or the folder of a run, got /path"],
    [[one, two, "--one-at-a-time"], "--one-at-a-time is about servers that are started here"],
    [[one, "nonsense:url:9"], "of B: "],
    [[one, "--model-b", "m", "--mix", "1 http /"], "--model"],
  ])("refuses %j", async (args, message) => {
    await expect(resolve(...args)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(message) as string,
    });
  });
});

describe("rounds", () => {
  it("are as long as somebody says, in any of the ways to say it", async () => {
    expect(await resolve(one, two, "--round-duration", "3s")).toMatchObject({
      halfLength: "given",
      a: { run: { durationMs: 3000, warmupMs: 1000 } },
    });
    expect(await resolve(one, two, "--requests", "20")).toMatchObject({
      halfLength: "given",
      a: { run: { requests: 20, durationMs: undefined, warmupMs: 0 } },
    });
    expect(await resolve(one, two, "--ramp", "1..5/4s")).toMatchObject({ halfLength: "given" });
    expect(await resolve(one, two, "--preset", "smoke")).toMatchObject({ a: { run: { requests: 5 } } });
  });

  it("have a least and a greatest number, a metric, and what matters of it", async () => {
    const read = await resolve(
      one,
      two,
      "--delta",
      "0.5%",
      "--metric",
      "units",
      "--max-rounds",
      "3",
      "--min-rounds",
      "2",
    );
    expect(read).toMatchObject({ delta: 0.005, metric: { name: "units" }, maxRounds: 3, minRounds: 2 });
    expect(await resolve(one, two)).toMatchObject({ delta: 0.05, maxRounds: 40, minRounds: 4 });
  });

  it("are not ended by failures of streams, unless that is asked for", async () => {
    const chat = ["--workload", "chat"];
    expect((await resolve(one, two, ...chat)).a.run.stopFailures).toBeUndefined();
    expect((await resolve(one, two, ...chat, "--stop-failures", "7")).b.run.stopFailures).toBe(7);
  });

  it("says all that is wrong at once", async () => {
    await expect(
      resolve(
        one,
        two,
        "--delta",
        "5",
        "--metric",
        "speed",
        "--max-rounds",
        "1",
        "--duration",
        "1s",
        "--round-duration",
        "1s",
      ),
    ).rejects.toThrow(/--metric: [^]*--delta: [^]*--max-rounds: [^]*--round-duration and --duration/);
  });
});
