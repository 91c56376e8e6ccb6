import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CompareRequest } from "@weir/lab";
import { resolveCompare } from "./resolve-compare.ts";
import type { CompareFlags } from "./compare-flags.ts";

describe("comparisons file by file and to failure", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-file-flags-"));
    for (const name of ["b.pdf", "a.pdf", "c.pdf", "d.png", "e.png"])
      await writeFile(path.join(folder, name), name);
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const urls = ["http://127.0.0.1:1/convert", "http://127.0.0.1:2/convert"] as const;
  const resolve = async (flags: CompareFlags): Promise<CompareRequest> =>
    await resolveCompare(urls, flags, {}, {});
  const filesOf = (request: CompareRequest, side: "a" | "b"): readonly string[] => {
    const { workload } = request[side].run;
    return workload.kind === "upload" ? workload.files.map((file) => path.basename(file.path)) : [];
  };

  it("sends the PDFs of a folder once a half, in the order of their names, with the dpi in the form", async () => {
    const request = await resolve({
      pdfDir: folder,
      dpi: "150",
      maxFiles: "2",
      names: "python, rust",
      users: "1",
    });
    expect(filesOf(request, "a")).toEqual(["a.pdf", "b.pdf"]);
    expect(filesOf(request, "b")).toEqual(["a.pdf", "b.pdf"]);
    expect(request.a.run).toMatchObject({ requests: 2, durationMs: undefined, warmupMs: 0, workers: 1 });
    expect(request.a.run.workload).toMatchObject({ inTurn: true, form: { fields: { dpi: "150" } } });
    expect([request.a.label, request.b.label]).toEqual(["python", "rust"]);
    expect(request).toMatchObject({ halfLength: "given", maxRounds: 10, metric: undefined });
  });

  it("sends images of several places, and the dpi in the query where there is no form", async () => {
    const image = [path.join(folder, "e.png"), path.join(folder, "d.png")];
    const request = await resolve({ image, dpi: "72", raw: true });
    expect(filesOf(request, "a")).toEqual(["e.png", "d.png"]);
    expect(request.b.run.workload).toMatchObject({ path: "/convert?dpi=72", form: { kind: "raw" } });
  });

  it.each<[CompareFlags, string]>([
    [{ dpi: "150" }, "--dpi is about files"],
    [{ output: "x.json" }, "--output is about files"],
    [{ pdfDir: "/nothing-here" }, "--pdf-dir: expected a folder or a file, got /nothing-here"],
    [{ image: ["/none.png"] }, "--image: expected a folder or a file, got /none.png"],
    [{ minRounds: "5", maxRounds: "3" }, "--min-rounds: expected at most --max-rounds, which are 3, got 5"],
    [{ names: "one" }, "--names: expected two names that differ"],
    [{ names: "difference,b" }, "--names: expected two names that differ"],
    [{ toFailure: true }, "--to-failure needs a load that grows"],
    [{ toFailure: true, ramp: "1..9/1s", metric: "response.p50" }, "leave out --metric"],
    [{ toFailure: true, ramp: "1/s..9/s/1s" }, "expected a ramp of users"],
  ])("refuses %j", async (flags, message) => {
    await expect(resolve({ workload: "http", ...flags })).rejects.toThrow(message);
  });

  it("has no other length of a half than the files", async () => {
    await expect(resolve({ pdfDir: folder, duration: "5s" })).rejects.toThrow("leave out --duration");
    await expect(resolve({ pdfDir: folder, image: [folder] })).rejects.toThrow("exclude each other");
    await expect(resolve({ pdfDir: path.join(folder, "none") })).rejects.toThrow("which is not there");
  });

  it("ends ramps at the fifth failure unless told otherwise, and holds no limit on errors against them", async () => {
    const flags: CompareFlags = { workload: "http", toFailure: true, ramp: "1..100/30s" };
    const request = await resolve(flags);
    expect(request).toMatchObject({ toFailure: true, halfLength: "given" });
    expect(request.a.run).toMatchObject({ stopFailures: 5, limits: [] });
    // The ramp, and a moment for the answers of who came last.
    expect(request.a.run.durationMs).toBe(32_000);
    expect((await resolve({ ...flags, stopFailures: "20" })).b.run.stopFailures).toBe(20);
    const byRate = await resolve({ ...flags, stopErrorRate: "10%/5s" });
    expect(byRate.a.run.stopFailures).toBeUndefined();
    expect((await resolve({ ...flags, slo: ["response.p95 < 1s"] })).a.run.limits).toHaveLength(1);
  });
});
