import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SweepRecord } from "@weir/lab";
import { startMock } from "@weir/mock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext, type TestContextOptions } from "../fixtures/test-context.ts";
import { runMain } from "../main.ts";

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function weir(args: readonly string[], options: TestContextOptions = {}): Promise<Outcome> {
  const { context, written } = createTestContext({ env: { NO_COLOR: "1" }, ...options });
  const exitCode = await runMain(args, context);
  return { ...written, exitCode };
}

const tiny = "--quick --sizes 60 --batches 1,4 --concurrency 1,2 --requests-per-case 2 --warmup 50ms".split(
  " ",
);

describe("weir sweep", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-cli-sweep-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  it("measures embeddings and says which settings are best, in every form", async () => {
    await using mock = await startMock({ spin: false });
    const [csv, json] = [path.join(out, "cases.csv"), path.join(out, "sweep.json")];
    const { stdout, stderr, exitCode } = await weir([
      "sweep",
      mock.url,
      ...tiny,
      ...`--rounds 3 --baseline 1x1 --out ${out} --export-csv ${csv} --export-json ${json}`.split(" "),
    ]);
    expect([0, 5]).toContain(exitCode);
    expect(stdout).toMatch(
      /^\n(INVALID .*)?.*[Bb]est for throughput at .* characters: batch \d+, \d users?, [\d.,]+ texts\/s/,
    );
    expect(stdout).toMatch(
      /\n {2}series +size +batch +users +n +texts\/s +varies +p50 +p95 +max +speed-up +efficiency +success/,
    );
    expect(stdout).toMatch(/\n {2}grid +60 +4 +2 +8 /);
    expect(stdout).toMatch(/vectors {2}4 kept texts: \d+ dimensions/);
    expect(stdout).toMatch(/\n {2}Recommended\n/);
    expect(stdout).toMatch(
      /\n {4}"throughput": \{ "batchSize": \d+, "concurrency": \d+, "timeoutMs": 30000 \},\n/,
    );
    expect(stdout).toMatch(/Time for documents[^]*100,000\n/);
    expect(stderr).toContain("4 cases, each visited 2 times");
    const folder = (await readdir(out)).find((name) => /^\d{8}T/.test(name))!;
    const record = await readFile(path.join(out, folder, "run.json"), "utf8");
    expect(await readFile(json, "utf8")).toBe(record);
    const lines = (await readFile(csv, "utf8")).trim().split("\n");
    expect(lines).toHaveLength(1 + 4);
    expect(lines[0]).toMatch(
      /^series,size,batch,concurrency,requests,unitsPerSecond,variation,p50Ms,p95Ms,maxMs,speedUp,efficiency,successShare/,
    );
  });

  it("can be interrupted, and says the command that goes on", async () => {
    await using mock = await startMock({ spin: false });
    const interrupt = new AbortController();
    const args = [
      "sweep",
      mock.url,
      ...tiny,
      "--out",
      out,
      "--header",
      "X-Key: secret",
      "--name",
      "two words",
    ];
    const { stdout, exitCode } = await weir(args, {
      terminal: true,
      signal: interrupt.signal,
      onWrite: ({ stderr }) => {
        if (stderr.includes(" 3 of ")) interrupt.abort();
      },
    });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/\nINTERRUPTED Interrupted: 3 of \d+ measurements were made/);
    const [, again = ""] = /go on +(weir sweep .*)\n/.exec(stdout) ?? [];
    expect(again).toContain(`${mock.url} --quick --sizes 60`);
    expect(again).toContain(`--header "..."`);
    expect(again).toContain("--name 'two words'");
    const folder = /--resume (\S+)/.exec(again)![1]!;
    const resumed = await weir([...args, "--resume", folder, "--format", "json", "--quiet"]);
    const record = JSON.parse(resumed.stdout) as SweepRecord;
    expect(record.summary.end).toEqual({ kind: "finished" });
    expect(record.resumedAt).toHaveLength(1);
    expect(record.visits.filter(({ purpose }) => purpose === "matrix")).toHaveLength(8);
    expect(JSON.stringify(record)).not.toContain("secret");
  });

  it("lists the 45 cases without sending anything", async () => {
    const { stdout, exitCode } = await weir(["sweep", "--list-cases"]);
    expect(exitCode).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(1 + 45 + 2);
    expect(stdout).toContain(
      "45 cases = 30 of the grid with one user + 15 of the series over users; each is visited 3 times",
    );
    expect(stdout).toMatch(/\ngrid +10,000 +64 +1 +10\n/);
    const json = await weir(["sweep", "--list-cases", "--quick", "--format", "json"]);
    expect((JSON.parse(json.stdout) as { cases: unknown[] }).cases).toHaveLength(18);
  });

  it("sweeps chat by length of prompt and answer", async () => {
    await using mock = await startMock({ ttftMs: 5, gapMs: 1, spin: false });
    const { stdout, exitCode } = await weir([
      "sweep",
      mock.url,
      "--workload",
      "chat",
      "--input-tokens",
      "8",
      "--output-tokens",
      "2,6",
      "--concurrency",
      "1,2",
      "--requests-per-case",
      "2",
      "--repeats",
      "2",
      "--rounds",
      "0",
      "--warmup",
      "20ms",
      "--out",
      out,
      "--format",
      "json",
      "--quiet",
    ]);
    const record = JSON.parse(stdout) as SweepRecord;
    expect([0, 5]).toContain(exitCode);
    expect(record.summary.unit).toBe("tokens");
    expect(record.vectors).toBeNull();
    expect(record.cases.map(({ settings }) => settings.outputTokens)).toEqual([2, 2, 6, 6]);
    expect(record.visits.find((visit) => visit.case.includes("outputTokens=6 concurrency=1"))).toMatchObject({
      units: 6,
    });
  });

  it("sweeps images that it makes, and PDFs by resolution", async () => {
    const seen = new Map<string, Set<number>>();
    const server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        const at = body.indexOf("IHDR");
        const sizes = seen.get(request.url!) ?? new Set();
        seen.set(request.url!, sizes.add(at < 0 ? 0 : body.readUInt32BE(at + 4)));
        response.end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const rest = [
      "--concurrency",
      "1",
      "--requests-per-case",
      "2",
      "--repeats",
      "1",
      "--rounds",
      "0",
      "--warmup",
      "20ms",
      "--out",
      out,
      "--json",
      "--quiet",
    ];
    try {
      const image = await weir([
        "sweep",
        `${url}/detect`,
        "--workload",
        "image",
        "--image-sizes",
        "16,32",
        ...rest,
      ]);
      expect((JSON.parse(image.stdout) as SweepRecord).summary).toMatchObject({
        unit: "files",
        failed: 0,
        completed: 4,
      });
      expect([...seen.get("/detect")!].toSorted((a, b) => a - b)).toEqual([16, 32]);
      await writeFile(path.join(out, "one.pdf"), "%PDF-1.4");
      const pages = [
        "sweep",
        `${url}/pages?lang=en`,
        "--workload",
        "pdf",
        "--files",
        out,
        "--dpis",
        "72,150",
      ];
      const pdf = await weir([...pages, "--dpi-param", "res", ...rest]);
      expect((JSON.parse(pdf.stdout) as SweepRecord).cases.map(({ settings }) => settings.dpi)).toEqual([
        72, 150,
      ]);
      expect([...seen.keys()].filter((line) => line.startsWith("/pages")).toSorted()).toEqual([
        "/pages?lang=en&res=150",
        "/pages?lang=en&res=72",
      ]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it.each([
    [["--sizes", "500;1000"], "--sizes: expected whole numbers from 1 to 1000000 with commas between them"],
    [["--workload", "chat", "--batches", "4"], "--batches says nothing to --workload chat"],
    [["--max-size", "10"], "nothing is left to sweep"],
    [["--baseline", "32"], "--baseline: expected BATCHxUSERS such as 32x1"],
    [["--flag-success", "1"], "--flag-success: expected a share such as 99.5%"],
    [["--flag-rate", "many"], "--flag-rate: expected a number a second"],
    [["--workload", "image"], "an upload needs the path that takes the files"],
    [["--export-csv", "/no/such/folder/x.csv"], "--export-csv: expected a file in a folder that is there"],
    [["--export-json", "."], "--export-json: expected a file, got the folder ."],
    [["--resume", "/no/such/folder"], "--resume: expected the folder of a sweep"],
  ])("refuses %j before anything is sent", async (flags, message) => {
    const { stderr, exitCode } = await weir(["sweep", "http://127.0.0.1:9", ...flags, "--out", out]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(await readdir(out)).toEqual([]);
  });
});
