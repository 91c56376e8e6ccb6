import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createClosedLoopSchedule } from "@weir/stats";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStrictSchema } from "../../run/fixtures/read-strict-schema.ts";
import type { RunRequest } from "../../run/run-request.ts";
import type { SideRequest } from "../compare-request.ts";
import { startCompare } from "../start-compare.ts";
import { toFileTables } from "./to-file-tables.ts";

interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** Names of the files that came, in their order. */
  readonly files: readonly string[];
  readonly forms: readonly string[];
}

/** Reads the form that a file is in, and answers what `toAnswer` makes of its name; undefined is an error. */
async function startServer(toAnswer: (name: string) => object | undefined): Promise<FileServer> {
  const files: string[] = [];
  const forms: string[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (bytes: Buffer) => (body += bytes.toString("latin1")));
    request.on("end", () => {
      const name = /filename="([^"]+)"/.exec(body)?.[1] ?? "";
      files.push(name);
      forms.push(body);
      const answer = toAnswer(name);
      if (answer === undefined) response.writeHead(500).end("no");
      else response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    forms,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a comparison file by file", () => {
  let out = "";
  const names = ["a.pdf", "b.pdf", "c.pdf"];
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-files-"));
    for (const name of names) await writeFile(path.join(out, name), `%PDF-1.7 ${name}`);
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function toSide(label: string, url: string, users = 1): Promise<SideRequest> {
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(out, name);
        return { path: file, bytes: (await stat(file)).size };
      }),
    );
    const run: RunRequest = {
      url,
      workload: {
        kind: "upload",
        method: "POST",
        path: "/convert",
        files,
        form: { kind: "multipart", field: "file", fields: { dpi: "150" } },
        inTurn: true,
        expect: "2xx",
      },
      users,
      schedule: createClosedLoopSchedule({ users, seed: 7 }),
      seed: 7,
      durationMs: undefined,
      requests: files.length,
      warmupMs: 0,
      limits: [],
      headers: {},
      timeoutMs: 5000,
      workers: 1,
      outDirectory: out,
      name: undefined,
    };
    return { label, run };
  }

  it("sends each file once a half, in the same order, and says what became of each", async () => {
    await using first = await startServer(() => ({ pages: 2 }));
    await using second = await startServer((name) => (name === "b.pdf" ? undefined : { pages: 2 }));
    const { record, files, folder } = await startCompare({
      a: await toSide("python", first.url),
      b: await toSide("rust", second.url),
      delta: 0.05,
      minRounds: 4,
      maxRounds: 4,
      halfLength: "given",
      outDirectory: out,
      name: undefined,
    });
    const halves = record.rounds.flatMap(({ a, b }) => [a, b]);
    expect(halves.map((half) => half!.completed + half!.failed)).toEqual(halves.map(() => 3));
    // Before the first round both had a look at it; then each half begins with the first file.
    expect(first.files.slice(-6)).toEqual([...names, ...names]);
    expect(second.files.slice(-6)).toEqual([...names, ...names]);
    expect(first.forms.at(-1)).toMatch(/name="dpi"\r\n\r\n150\r\n/);
    const valid = record.rounds.filter(({ a, b }) => a!.kind === "measured" && b!.kind === "measured").length;
    expect(files).toBeDefined();
    if (valid < 4) return; // Too busy a machine makes halves that do not count.
    expect(record.metrics[0]).toMatchObject({ name: "file.geometric-mean", unit: "ms", primary: true });
    expect(record.sides.a.workload).toMatchObject({ fields: { dpi: "150" }, inTurn: true, files: 3 });
    const validate = new Ajv({ allErrors: true }).compile(await readStrictSchema("compare-1"));
    expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    const half = await readFile(path.join(folder, record.children.at(-1)!, "run.json"), "utf8");
    const validateRun = new Ajv({ allErrors: true }).compile(await readStrictSchema("run-1"));
    expect(validateRun(JSON.parse(half)), JSON.stringify(validateRun.errors)).toBe(true);
    const { a, b } = files!.sides;
    expect(a.statistics).toMatchObject({ requests: 12, succeeded: 12, failed: 0, successRate: 1 });
    expect(a.statistics.units).toMatchObject({ kind: "pages", total: 24 });
    expect(b.statistics).toMatchObject({ requests: 12, succeeded: 8, failed: 4 });
    expect(b.statistics.latencyMs).toMatchObject({ n: 8, p95: null });
    expect(b.files.map(({ file, failed }) => [file, failed])).toEqual([
      ["a.pdf", 0],
      ["b.pdf", 4],
      ["c.pdf", 0],
    ]);
    expect(files!.difference.files[1]).toEqual({
      file: "b.pdf",
      a: null,
      b: null,
      change: null,
      interval: null,
    });
    const [, of] = files!.difference.files[0]!.interval!;
    expect(of).toBeGreaterThan(files!.difference.files[0]!.change!);
    const written = JSON.parse(await readFile(path.join(folder, "files.json"), "utf8")) as Record<
      string,
      unknown
    >;
    expect(Object.keys(written)).toEqual(["python", "rust", "difference"]);
    expect(written["python"]).toEqual(a);
    expect(toFileTables(files!)[1].rows[1]!.cells.at(-1)).toBe("rust 4 of 4");
  });

  it("shares one list between users, so that no file is sent twice in a half", async () => {
    await using server = await startServer(() => ({}));
    const a = await toSide("A", server.url, 2);
    const { files } = await startCompare({
      a,
      b: { ...a, label: "B" },
      against: "itself",
      delta: 0.05,
      minRounds: 2,
      maxRounds: 2,
      halfLength: "given",
      outDirectory: out,
      name: undefined,
    });
    for (const { attempts } of files!.sides.a.files)
      for (const { succeeded } of attempts) expect(succeeded).toBe(1);
    expect(files!.sides.a.statistics.units.kind).toBe("files");
  });
});
