import { readFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CompareRequest, SideRequest } from "./compare-request.ts";
import { parseComparedMetric } from "./compared-metric.ts";
import { changesOf, startTimedServer, toCompareRequest, toSide } from "./fixtures/compare-parts.ts";
import { startCompare, type FinishedCompare } from "./start-compare.ts";

/** A command line of a server that answers after so many milliseconds. */
function toCommand(takesMs: number): string {
  const program = `
    const takesMs = Number(process.argv[2]);
    require("node:http").createServer((_, response) => setTimeout(() => response.end("ok"), takesMs))
      .listen(Number(process.argv[1]), "127.0.0.1");`;
  return `"${process.execPath}" -e '${program.replaceAll("\n", " ")}' {port} ${takesMs}`;
}

function toStartedSide(label: string, takesMs: number): SideRequest {
  return { ...toSide(label, "http://127.0.0.1/"), start: toCommand(takesMs) };
}

describe("the sides of a comparison", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-compare-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function compare(
    a: SideRequest,
    b: SideRequest,
    changes: Partial<CompareRequest> = {},
  ): Promise<FinishedCompare> {
    return await startCompare(toCompareRequest(a, b, out, changes));
  }

  it("starts both servers, loads one at a time, and ends them", { timeout: 90_000 }, async () => {
    const { record, folder } = await compare(toStartedSide("A", 30), toStartedSide("B", 1), {
      maxRounds: 4,
      metric: parseComparedMetric("requests"),
    });
    expect(["faster", "inconclusive", "invalid"]).toContain(record.verdict.kind);
    expect(changesOf(record).every((change) => change > 0)).toBe(true);
    expect(record.sides.a.url).not.toBe(record.sides.b.url);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(["a-1.log", "b-1.log"]));
    for (const { url } of [record.sides.a, record.sides.b])
      await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it("starts servers for each half where only one fits", { timeout: 90_000 }, async () => {
    const { record, folder } = await compare(toStartedSide("A", 1), toStartedSide("B", 1), {
      oneAtATime: true,
      minRounds: 2,
      maxRounds: 2,
    });
    // The look before the first round, and two halves of each.
    const logs = (await readdir(folder)).filter((name) => name.endsWith(".log"));
    expect(logs).toEqual(["a-1.log", "a-2.log", "a-3.log", "b-1.log", "b-2.log", "b-3.log"]);
    expect(record.rounds).toHaveLength(2);
    expect(record.plan.oneAtATime).toBe(true);
  });

  it("says how a server ended that was started, with its last words", { timeout: 60_000 }, async () => {
    const program =
      'let n = 0; require("node:http").createServer((_, response) => { if (++n > 25) { console.error("out of memory"); process.exit(3); } response.end("ok"); }).listen(Number(process.argv[1]), "127.0.0.1")';
    const b = { ...toStartedSide("B", 1), start: `"${process.execPath}" -e '${program}' {port}` };
    await using server = await startTimedServer(1);
    const { record, exitCode } = await compare(toSide("A", server.url), b, { minRounds: 6 });
    expect(exitCode).toBe(6);
    expect(record.verdict.sentence).toMatch(
      /^B could not be measured in round \d: the server ended with exit code 3: .*out of memory/s,
    );
  });

  it("makes one server each side by a command before each half", { timeout: 60_000 }, async () => {
    const file = path.join(out, "switch");
    await using server = await startTimedServer(0, (_, response) => {
      const takesMs = readFileSync(file, "utf8").includes("slow") ? 120 : 20;
      setTimeout(() => response.end("ok"), takesMs);
      return true;
    });
    const toggle = (how: string): string => `echo ${how} "$WEIR_URL" > "${file}"`;
    const { record } = await compare(
      { ...toSide("A", server.url), toggle: toggle("quick") },
      { ...toSide("B", server.url), toggle: toggle("slow") },
      { maxRounds: 5 },
    );
    expect(["slower", "inconclusive", "invalid"]).toContain(record.verdict.kind);
    expect(changesOf(record).every((change) => change > 0)).toBe(true);
    expect(await readFile(file, "utf8")).toContain(server.url);
    // What is sent repeats, and the server is one: the first round only fills its caches.
    expect(record.rounds[0]).toMatchObject({
      counts: false,
      reason: expect.stringContaining("caches") as string,
    });
  });

  it("ends with 6 where such a command fails, with what it printed", async () => {
    await using server = await startTimedServer(1);
    const { record, exitCode } = await compare(
      { ...toSide("A", server.url), toggle: "echo no such switch; exit 3" },
      toSide("B", server.url),
    );
    expect(exitCode).toBe(6);
    expect(record.verdict.sentence).toMatch(
      /^A could not be measured: the command ended with exit code 3.*\nno such switch/s,
    );
  });
});
