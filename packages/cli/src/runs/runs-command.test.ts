import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMock, type RunningMock } from "@weir/mock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext, type TestContextOptions } from "../fixtures/test-context.ts";
import { runMain } from "../main.ts";
import { parseAge, parseMoment } from "./parse-age.ts";

let out = "";
let mock: RunningMock;
const printed: string[] = [];

interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function weir(
  args: readonly string[],
  options: TestContextOptions = {},
  line?: string,
): Promise<Answer> {
  const { context, written } = createTestContext(options);
  const ask = line === undefined ? {} : { ask: () => Promise.resolve(line) };
  const exitCode = await runMain([...args], { ...context, ...ask });
  return { exitCode, ...written };
}

const runs = async (...args: string[]): Promise<Answer> => await weir(["runs", ...args, "--out", out]);

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "weir-runs-"));
  mock = await startMock({ ttftMs: 1, chunks: 2, gapMs: 1 });
  for (const [name, workload] of [
    ["first", "embeddings"],
    ["second", "chat"],
  ] as const) {
    const args = [
      "run",
      mock.url,
      "--workload",
      workload,
      "--requests",
      "40",
      "--warmup",
      "0",
      "--name",
      name,
    ];
    const { stdout } = await weir([...args, "--samples", "--out", out]);
    printed.push(stdout);
  }
}, 60_000);
afterAll(async () => {
  await mock[Symbol.asyncDispose]();
  await rm(out, { recursive: true });
});

describe("weir runs", () => {
  it("lists runs, the newest first, and those that are meant", async () => {
    const { stdout } = await runs();
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => /second|first/.exec(line)?.[0])).toEqual([undefined, "second", "first"]);
    expect(lines[1]).toContain("tokens/s");
    expect(lines[2]).toContain("texts/s");
    const named = JSON.parse((await runs("--name", "fir*", "--json")).stdout) as { name: string }[];
    expect(named).toEqual([
      expect.objectContaining({ name: "first", workload: "embeddings", completed: 40 }),
    ]);
    expect((await runs("list", "--limit", "1")).stderr).toContain("1 older of 2 runs not shown");
    expect((await runs("--kind", "sweep,capacity")).stderr).toContain("none of 2 runs matches");
    expect((await runs("--kind", "swep")).stderr).toContain(" (there are kinds: run)\n");
    expect((await runs("--since", "2030-01-01", "--format", "csv")).stdout.split("\n")).toHaveLength(2);
  });

  it("says all that is wrong with its flags", async () => {
    const { exitCode, stderr } = await runs("--since", "yesterday", "--limit", "few");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--since: expected an age");
    expect(stderr).toContain("--limit: expected a whole number");
    expect((await weir(["runs", "--out", join(out, "away")])).stderr).toContain("there is no folder of runs");
  });

  it("shows a run word for word as it was printed at its end", async () => {
    expect((await runs("show", "latest")).stdout).toBe(printed[1]);
    const [first] = JSON.parse((await runs("--name", "first", "--json")).stdout) as {
      id: string;
      folder: string;
    }[];
    expect((await runs("show", first!.id.slice(-6))).stdout).toBe(printed[0]);
    const json = await runs("show", first!.id, "--json");
    expect(json.stdout).toBe(await readFile(join(first!.folder, "run.json"), "utf8"));
    expect((await runs("show", "2")).stderr).toContain('"2" means 2 runs');
    // A folder is enough, wherever it is.
    const elsewhere = await weir(["runs", "--out", join(out, "away"), "show", first!.folder]);
    expect(elsewhere.stdout).toBe(printed[0]);
    expect((await runs("query", " ")).stderr).toContain("expected a question in SQL");
  });

  it.each(["run-1", "run-1-oldest"])(
    "shows a record of any age (%s), and one that its describer cannot read",
    async (name) => {
      const fixture = new URL(`../../../lab/src/store/fixtures/${name}.json`, import.meta.url);
      const text = await readFile(fixture, "utf8");
      const folder = await mkdtemp(join(tmpdir(), "weir-old-"));
      await writeFile(join(folder, "run.json"), text);
      const show = async (...args: string[]): Promise<Answer> =>
        await weir(["runs", "show", "latest", "--out", folder, ...args]);
      const { stdout, stderr } = await show();
      expect([stderr, stdout]).toEqual(["", expect.stringContaining("INVALID Not a valid measurement")]);
      expect(stdout).toMatch(/^ {2}TTFT +15\.7 ms/m);
      expect((await show("--format", "csv")).stdout.split("\n")).toHaveLength(3);
      for (const kind of ["calibrate", "compare", "a-later-kind"]) {
        await writeFile(join(folder, "run.json"), text.replace('"kind": "run"', `"kind": "${kind}"`));
        expect((await show()).stdout, kind).toContain("Not a valid measurement");
      }
      await rm(folder, { recursive: true });
    },
  );

  it("shows several beside each other, and says that they were not measured in turns", async () => {
    const all = JSON.parse((await runs("--json")).stdout) as { id: string }[];
    const { stdout } = await runs("show", ...all.map(({ id }) => id));
    expect(stdout).toContain("not interleaved");
    expect(stdout).toMatch(/^name +second +first$/m);
    expect(stdout).toMatch(/^requests\/s +\S+ +\S+ \(\+?-?\S+ %\)$/m);
  });

  it("imports results of other tools, and shows them by themselves and beside its own", async () => {
    const fixture = new URL("../../../lab/src/imports/fixtures/guidellm-benchmarks.json", import.meta.url);
    const file = fileURLToPath(fixture);
    const made = await runs("import", file, "--name", "theirs");
    expect(made.stdout).toMatch(/^\nBy guidellm 0\.8\.1: 580 tokens\/s at 4 users: TTFT p50 67\.3 ms/);
    const [listed] = JSON.parse((await runs("--kind", "import", "--json")).stdout) as { id: string }[];
    expect((await runs("show", listed!.id)).stdout).toBe(made.stdout);
    expect((await runs("show", listed!.id, "--format", "md")).stdout).toContain("- TPOT: as in Weir");
    const all = JSON.parse((await runs("--json")).stdout) as { id: string; name: string }[];
    const own = all.find(({ name }) => name === "second")!.id;
    const { stdout } = await runs("show", own, listed!.id);
    expect(stdout).toMatch(/^TTFT p50 .* 67\.3 ms \(\+\S+ %\)$/m);
    expect(stdout).toContain(`${listed!.id} was measured by guidellm 0.8.1:\n  service: not as in Weir:`);
    expect((await runs("import", file, "--tool", "jmeter")).stderr).toContain("--tool: expected one of k6");
    expect((await runs("import", file, "--tool", "k6")).exitCode).toBe(2);
    const compared = await weir(["compare", own, listed!.id, "--out", out]);
    expect([compared.exitCode, compared.stderr]).toEqual([
      2,
      expect.stringContaining("which is a result of another tool"),
    ]);
    expect((await runs("prune", "--kind", "import", "--yes")).stdout).toContain("deleted 1 run");
  });

  it("tags and names runs beside their records", async () => {
    const before = await runs("show", "latest", "--json");
    expect((await runs("tag", "latest", "release", "v2")).stdout).toMatch(/: release v2\n$/);
    expect((await runs("tag", "latest", "v2", "--remove")).stdout).toMatch(/: release\n$/);
    await runs("name", "latest", "after the fix");
    expect((await runs("--tag", "release")).stdout).toMatch(/after the fix.* release\n$/);
    expect((await runs("show", "latest", "--json")).stdout).toBe(before.stdout);
    await runs("name", "latest", "");
    expect((await runs("--tag", "release")).stdout).toContain("second");
    expect((await runs("tag", "latest", "no good")).stderr).toContain("one word");
  });

  it("answers SQL in every format", async () => {
    const sql = "SELECT name, completed, tags FROM runs ORDER BY started_at";
    expect((await runs("query", sql, "--format", "csv")).stdout).toMatch(
      /^name,completed,tags\nfirst,40,\[\]\nsecond,/,
    );
    expect(JSON.parse((await runs("query", sql, "--json")).stdout)).toHaveLength(2);
    expect((await runs("query", sql, "--format", "md")).stdout).toContain("| first | 40 |");
    expect((await runs("query", "SELECT 1 AS one WHERE false", "--json")).stdout).toBe("[]\n");
    const samples =
      "SELECT r.name, count(*) AS n, any_value(s.outcome) AS outcome FROM samples s JOIN runs r ON r.id = s.run GROUP BY ALL ORDER BY 1";
    expect((await runs("query", samples)).stdout).toBe(
      "name     n  outcome\nfirst   40  completed\nsecond  40  completed\n",
    );
    const many = await runs("query", "SELECT range AS n FROM range(5000)");
    expect(many.stdout.split("\n")).toHaveLength(1002);
    expect(many.stderr).toContain("the first 1,000 rows");
    expect(
      (await runs("query", "SELECT range AS n FROM range(5000)", "--format", "csv")).stdout.split("\n"),
    ).toHaveLength(5002);
    const wrong = await runs("query", "SELECT x FROM runs");
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('"x" not found')]);
    expect((await runs("query", "--schema")).stdout).toMatch(/^runs +response_p95_ms +DOUBLE/m);
    expect((await runs("query")).stderr).toContain("expected a question in SQL");
  });

  it("prunes what is meant, once somebody agrees", async () => {
    const prune = async (line: string | undefined, ...args: string[]): Promise<Answer> =>
      await weir(["runs", "prune", "--out", out, ...args], {}, line);
    expect((await prune(undefined)).stderr).toContain("which runs?");
    expect((await prune(undefined, "--keep", "0")).stderr).toContain("Say --yes");
    expect((await prune("no", "--keep", "0")).stdout).toContain("nothing was deleted");
    await runs("tag", "latest", "keep");
    expect(await readdir(out)).toHaveLength(2);
    const { stdout, stderr } = await prune("y", "--older", "0");
    expect(stderr).toContain("(tagged keep)");
    expect(stdout).toMatch(/deleted 1 run, \d+\.\d kB/);
    expect((await runs("--json")).stdout).not.toContain('"first"');
    expect((await prune(undefined, "--older", "30d", "--yes")).stdout).toBe("nothing to delete\n");
  });
});

it("reads ages and dates", () => {
  expect([parseAge("2d"), parseAge("1w"), parseAge("90m"), parseAge("x")]).toEqual([
    172_800_000,
    604_800_000,
    5_400_000,
    undefined,
  ]);
  const nowMs = Date.parse("2026-11-20T12:00:00Z");
  expect(parseMoment("12h", nowMs)).toBe(Date.parse("2026-11-20T00:00:00Z"));
  expect(parseMoment("2026-11-01", nowMs)).toBe(Date.parse("2026-11-01T00:00:00Z"));
  expect(parseMoment("2026-13-01", nowMs)).toBeUndefined();
});
