import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CheckRecord } from "@weir/lab";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { runMain } from "../main.ts";

interface Server extends AsyncDisposable {
  readonly url: string;
  /** Milliseconds before each answer. */
  delayMs: number;
}

async function startServer(): Promise<Server> {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      if (request.url?.startsWith("/items") !== true) return response.writeHead(404).end();
      if (running.delayMs === 0) return response.end("{}");
      return setTimeout(() => response.end("{}"), running.delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const running = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return running;
}

interface Kept {
  readonly entries: readonly [
    {
      readonly machine: { cpu: object };
      readonly figures: { readonly "items/response.p50": { values: number[] } };
    },
  ];
}

async function change(file: string, edit: (content: Kept) => void): Promise<void> {
  const content = JSON.parse(await readFile(file, "utf8")) as Kept;
  edit(content);
  await writeFile(file, JSON.stringify(content));
}

describe("weir check", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-cli-check-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function weirCheck(
    ...args: readonly string[]
  ): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
    const { context, written } = createTestContext({ env: { NO_COLOR: "1" } });
    const exitCode = await runMain(["check", ...args, "--out", path.join(folder, "runs")], context);
    return { ...written, exitCode };
  }

  async function write(name: string, content: string): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return file;
  }

  const suiteOf = (runs: string): string =>
    `import { defineSuite } from "@weir/cli";\nexport default defineSuite({ name: "shop", runs: [${runs}] });`;

  it("lists what there is", async () => {
    const { stdout, exitCode } = await weirCheck("--list");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^five-phases {2}about .*--users 0: .*--duration 20s: /s);
  });

  it("runs what a file names, and holds it to its limits", async () => {
    await using server = await startServer();
    const file = await write(
      "suite.ts",
      suiteOf(`
        { name: "items", path: "/items", run: "--users 2 --requests 40", slo: ["errors < 1%", "response.max < 60s"] },
        { name: "Other pages", path: "/other", run: { workload: "http", users: 1, requests: 20, expect: "404" } },
        { name: "how many", path: "/items", capacity: "--max-users 2 --probe-duration 500ms --warmup 0s --max-probes 3", slo: "errors < 1%", atLeast: 1 },
        { name: "too much", path: "/items", run: { users: 1, requests: 20 }, slo: "requests >= 1000000/s" },
      `),
    );
    const junit = path.join(folder, "check.xml");
    const { stdout, stderr, exitCode } = await weirCheck(file, server.url, "--json", "--junit", junit);
    const record = JSON.parse(stdout) as CheckRecord;
    const statuses = record.rows
      .filter(({ limit }) => limit !== null)
      .map(({ key, status }) => [key, status]);
    expect(statuses).toEqual([
      ["items/errors", "pass"],
      ["items/response.max", "pass"],
      ["other-pages/errors", "pass"],
      ["how-many/capacity", "pass"],
      ["too-much/requests", "fail"],
    ]);
    expect(record.suite).toMatchObject({ name: "shop", file });
    expect(record.children).toHaveLength(4);
    expect([exitCode, record.verdict.kind]).toEqual([1, "limit-missed"]);
    expect(stderr).toContain("4 runs, 4 of 5 limits are kept.");
    expect(stderr).toMatch(/too much: requests\/s .* >= 1000000\/s +fail/);
    expect(await readFile(junit, "utf8")).toMatch(
      /name="too much: requests\/s".*\n.*<failure message="[^"]+limit/,
    );
  });

  it("tells everything that is wrong with a file before anything is sent", async () => {
    const refused = async (content: string): Promise<string> => {
      const { exitCode, stderr } = await weirCheck(await write("suite.ts", content), "http://127.0.0.1:9");
      expect(exitCode).toBe(2);
      return stderr;
    };
    const wrong = await refused(
      'export default { runs: [{ name: "a", users: 3 }, { name: "a", path: "b" }] };',
    );
    for (const part of [
      "name must be a text",
      'got "users"',
      "another run has this name",
      "begin with a slash",
    ])
      expect(wrong).toContain(part);
    expect(await refused("export default 7")).toContain("no object");
    expect(await refused(suiteOf('{ name: "a", run: "--usres 3" }'))).toMatch(/the run "a": .*--usres/);
    expect(await refused(suiteOf('{ name: "a", run: { usres: 3 } }'))).toMatch(/the run "a": .*usres/);
    expect(await refused(suiteOf('{ name: "a", capacity: "--users 3" }'))).toMatch(/the run "a": .*--users/);
    expect(await refused(suiteOf('{ name: "a", run: "", atLeast: 3 }'))).toContain("beside capacity");
    expect(
      await refused(suiteOf('{ name: "a", run: { reqests: 3 } }, { name: "b", run: "--users none" }')),
    ).toMatch(/the run "a": .*--reqests'\n\(Did you mean --requests\?\)\nthe run "b": --users: expected/);
    expect((await weirCheck(folder, "http://127.0.0.1:9")).stderr).toContain("it is a folder");
    expect(await refused(suiteOf('{ name: "a", run: { users: 0 } }'))).toMatch(
      /the run "a": --users: expected/,
    );
    expect((await weirCheck("no-such-suite", "http://127.0.0.1:9")).stderr).toContain("five-phases");
    expect((await weirCheck("five-phases")).stderr).toContain("the server is missing");
    for (const flag of ["--junit", "--save-baseline"]) {
      const nowhere = await weirCheck(
        "production",
        "http://127.0.0.1:9",
        flag,
        path.join(folder, "no", "file"),
      );
      expect([nowhere.exitCode, nowhere.stderr]).toEqual([
        2,
        expect.stringContaining(`${flag}: expected a file in a folder`),
      ]);
    }
  });

  it("compares with a baseline of this machine, and of this suite only", async () => {
    await using server = await startServer();
    const runs = '{ name: "items", path: "/items", run: { users: 1, requests: 6 } }';
    const file = await write("suite.ts", suiteOf(runs));
    const check = async (...args: readonly string[]): Promise<CheckRecord> =>
      JSON.parse((await weirCheck(file, server.url, "--json", ...args)).stdout) as CheckRecord;
    const saved = await weirCheck(file, server.url, "--save-baseline", "--repeats", "3");
    const baseline = path.join(folder, "weir-baseline.json");
    expect([saved.exitCode, saved.stderr.split("\n").at(-2)]).toEqual([0, `baseline saved: ${baseline}`]);

    // A busy machine moves three quick figures by any factor: those that are kept are steadied, and what follows is slow.
    await change(baseline, ({ entries: [{ figures }] }) => {
      expect(figures["items/response.p50"].values).toHaveLength(3);
      figures["items/response.p50"].values = [1, 1.01, 1.02];
    });
    server.delayMs = 30;
    const slower = await check();
    const row = slower.rows.find(({ key }) => key === "items/response.p50")!;
    expect(row.baseline).toMatchObject({ kind: "worse", values: [1, 1.01, 1.02] });
    expect(slower.verdict).toMatchObject({
      kind: "limit-missed",
      reasons: expect.arrayContaining([
        expect.stringMatching(/^items: response.p50: \+\d+ % against the baseline/),
      ]),
    });
    expect(slower.baseline!.notes[0]).toContain("not interleaved");
    expect((await check("--no-baseline")).verdict.kind).toBe("pass");
    const unwritten = await weirCheck(file, server.url, "--no-baseline", "--junit", folder);
    expect([unwritten.exitCode, unwritten.stderr]).toEqual([
      2,
      expect.stringContaining("--junit: expected a file, got the folder"),
    ]);

    const content = JSON.parse(await readFile(baseline, "utf8")) as {
      entries: { machine: { cpu: object } }[];
    };
    content.entries[0]!.machine.cpu = { model: "another", cores: 128 };
    await writeFile(baseline, JSON.stringify(content));
    const elsewhere = await check();
    expect(elsewhere.verdict.kind).toBe("pass");
    expect(elsewhere.baseline).toMatchObject({
      savedAt: null,
      notes: [expect.stringContaining("another machine")],
    });

    await weirCheck(file, server.url, "--save-baseline");
    await write("suite.ts", suiteOf(runs.replace("requests: 6", "requests: 7")));
    expect((await check()).baseline!.notes).toEqual([
      expect.stringContaining("are others than the baseline's"),
    ]);
    await writeFile(baseline, "{}");
    expect((await weirCheck(file, server.url)).stderr).toContain(
      "expected a baseline as --save-baseline writes it",
    );
    for (const [damage, told] of [
      [null, "it is something else"],
      [{ ...content, schema: 2 }, "its schema is 2, and this weir knows 1"],
      [{ ...content, entries: [null] }, "entries[0] is damaged"],
      [{ ...content, entries: [{ ...content.entries[0], machine: undefined }] }, "entries[0] is damaged"],
      [
        { ...content, entries: [{ ...content.entries[0], figures: { a: { values: [null] } } }] },
        "is damaged",
      ],
    ] as const) {
      await writeFile(baseline, JSON.stringify(damage));
      const { exitCode, stderr } = await weirCheck(file, server.url);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(told)]);
    }
  });
});
