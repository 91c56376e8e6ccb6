import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { startWeir } from "@weir/testkit";
import { describe, expect, it } from "vitest";
import { post, readMetrics } from "../observing/fixtures/clients.ts";

/** What `promtool check metrics` says of a text, empty where nothing; undefined where there is no promtool. */
async function checkMetrics(metrics: string): Promise<string | undefined> {
  const promtool = spawn("promtool", ["check", "metrics"]);
  const started = new Promise<boolean>((resolve) => {
    promtool.once("spawn", () => resolve(true)).once("error", () => resolve(false));
  });
  if (!(await started)) return undefined;
  promtool.stdin.end(metrics);
  return (await Promise.all([text(promtool.stdout), text(promtool.stderr)])).join("");
}
const hasPromtool = (await checkMetrics("")) !== undefined;
const why = hasPromtool ? "" : " (skipped: promtool, of Debian's package prometheus, is not installed)";

describe("GET /metrics", () => {
  it.skipIf(!hasPromtool)(`is what promtool check metrics has nothing to say of${why}`, async () => {
    await using weir = await startWeir();
    expect(await post(`${weir.url}/v1/embeddings`, { input: ["a"] })).toBe(200);
    const { text: metrics } = await readMetrics(weir.url);
    expect(await checkMetrics(metrics)).toBe("");
    expect(await checkMetrics("weir_requests 1\n")).toContain("no help text");
  });

  it("counts requests by route, model and status, and their inputs, tokens and batches", async () => {
    await using weir = await startWeir();
    const texts = ["a weir", "holds the river", "and measures it"];
    for (let round = 0; round < 3; round++)
      expect(await post(`${weir.url}/v1/embeddings`, { input: texts })).toBe(200);
    expect(await post(`${weir.url}/v1/embeddings`, { input: null })).toBe(400);
    const metrics = await readMetrics(weir.url);
    const route = "/v1/embeddings";
    expect(metrics.value("weir_requests_total", { route, model: "echo", status: "200" })).toBe(3);
    expect(metrics.sum("weir_requests_total", { route, status: "400" })).toBe(1);
    expect(metrics.value("weir_inputs_total", { model: "echo" })).toBe(9);
    const tokens = metrics.value("weir_tokens_total", { model: "echo" })!;
    expect(tokens).toBeGreaterThan(9);
    expect(metrics.value("weir_padding_tokens_total", { model: "echo" })).toBeLessThan(tokens);
    expect(metrics.value("weir_batches_total", { model: "echo" })).toBeGreaterThanOrEqual(3);
    expect(metrics.value("weir_batch_inputs_count", { model: "echo" })).toBe(3);
    expect(metrics.value("weir_models_loaded", {})).toBe(1);
    expect(metrics.sum("weir_build_info", { version: "0.0.0-test" })).toBe(1);
  });

  it("has the time of every phase, which together are the whole", async () => {
    await using weir = await startWeir({ echo: { blockMs: 20 } });
    expect(await post(`${weir.url}/v1/embeddings`, { input: "one text" })).toBe(200);
    const metrics = await readMetrics(weir.url);
    const seconds = ["queue", "tokenize", "infer", "encode", "other"].map((phase) =>
      metrics.value("weir_phase_duration_seconds_sum", { phase, model: "echo" })!,
    );
    expect(seconds.every((value) => value >= 0)).toBe(true);
    expect(seconds[2]).toBeGreaterThanOrEqual(0.019);
    const total = metrics.sum("weir_request_duration_seconds_sum", { model: "echo", outcome: "ok" });
    // One text is one batch: nothing runs beside anything else.
    expect(seconds.reduce((sum, value) => sum + value, 0)).toBeCloseTo(total, 9);
  });

  it("has a bounded number of labels, whatever clients make up", async () => {
    await using weir = await startWeir();
    await post(`${weir.url}/v1/embeddings`, { input: "a" });
    await post(`${weir.url}/made-up-0`, {});
    await post(`${weir.url}/v1/embeddings`, { model: "made-up-0", input: "a" });
    await readMetrics(weir.url); // Counts itself from the second time on.
    const before = (await readMetrics(weir.url)).rows("weir_request");
    for (let index = 1; index < 30; index++) {
      expect(await post(`${weir.url}/made-up-${index}?made-up=${index}`, {})).toBe(404);
      expect(await post(`${weir.url}/v1/embeddings`, { model: `made-up-${index}`, input: "a" })).toBe(404);
    }
    const after = await readMetrics(weir.url);
    expect(after.rows("weir_request")).toBe(before);
    expect(after.text).not.toContain("made-up");
    expect(after.sum("weir_requests_total", { route: "other", status: "404" })).toBe(30);
  });

  it("shows the queue by class, slots in use and what was refused", async () => {
    // Two wait for as long as two others compute: time enough to be seen.
    await using weir = await startWeir({ echo: { blockMs: 400 }, limits: { jobs: 2 } });
    const answers = Array.from({ length: 12 }, () => post(`${weir.url}/v1/embeddings`, { input: "a" }));
    await untilMetric(weir.url, "weir_queue_jobs", { class: "normal" }, 2);
    const during = await readMetrics(weir.url);
    expect(during.value("weir_replica_slots_in_use", { model: "echo" })).toBe(
      during.value("weir_replica_slots", { model: "echo" }),
    );
    expect(during.value("weir_queue_jobs", { model: "echo", class: "batch" })).toBe(0);
    const refused = (await Promise.all(answers)).filter((status) => status === 503).length;
    expect(refused).toBeGreaterThan(0);
    const after = await readMetrics(weir.url);
    expect(after.sum("weir_rejections_total", { reason: "queue_full" })).toBe(refused);
    expect(after.sum("weir_request_duration_seconds_count", { outcome: "refused" })).toBe(refused);
    expect(after.value("weir_queue_jobs", { model: "echo", class: "normal" })).toBe(0);
    expect(after.value("weir_replica_slots_in_use", { model: "echo" })).toBe(0);
  });

  it("counts a client that hangs up as cancelled", async () => {
    await using weir = await startWeir({ echo: { blockMs: 200 } });
    const controller = new AbortController();
    const answer = post(`${weir.url}/v1/embeddings`, { input: ["a"] }, controller.signal);
    await untilMetric(weir.url, "weir_replica_slots_in_use", { model: "echo" }, 1);
    controller.abort();
    await expect(answer).rejects.toThrow("abort");
    await untilMetric(weir.url, "weir_requests_total", { route: "/v1/embeddings", status: "499" }, 1);
    const metrics = await readMetrics(weir.url);
    expect(metrics.sum("weir_request_duration_seconds_count", { outcome: "cancelled" })).toBe(1);
  });

  it("counts restarts by reason, and failed probes in a row until one succeeds", async () => {
    await using weir = await startWeir();
    const [model] = await weir.ready;
    const { pid } = model!.state as { pid: number };
    const route = "/health/ready";
    const restarts = { model: "echo", reason: "signal" };
    expect((await readMetrics(weir.url)).value("weir_replica_restarts_total", restarts)).toBe(0);
    process.kill(pid, "SIGKILL");
    let failed = 0;
    while (failed < 2) if ((await fetch(weir.url + route)).status === 503) failed++;
    while ((await fetch(weir.url + route)).status === 503) failed++;
    const metrics = await readMetrics(weir.url);
    expect(metrics.value("weir_replica_restarts_total", restarts)).toBe(1);
    expect(metrics.value("weir_probes_total", { route, status: "503" })).toBe(failed);
    expect(metrics.value("weir_probes_failed_in_a_row", { route })).toBe(0);
    expect(metrics.sum("weir_requests_total", { route })).toBe(0);
  });

  it("is each server's own", async () => {
    await using first = await startWeir();
    await using second = await startWeir();
    await post(`${first.url}/v1/embeddings`, { input: "a" });
    const of = async (url: string) => (await readMetrics(url)).sum("weir_inputs_total", { model: "echo" });
    expect([await of(first.url), await of(second.url)]).toEqual([1, 0]);
  });

  it("shows the memory of each replica's process", async () => {
    await using weir = await startWeir();
    const labels = { model: "echo", replica: "0" };
    let bytes: number | undefined;
    while (bytes === undefined)
      bytes = (await readMetrics(weir.url)).value("weir_replica_resident_bytes", labels);
    expect(bytes).toBeGreaterThan(10_000_000);
  });
});

async function untilMetric(
  url: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  least: number,
): Promise<void> {
  while ((await readMetrics(url)).sum(name, labels) < least);
}
