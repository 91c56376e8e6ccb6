import { startWeir } from "@weir/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { post } from "../observing/fixtures/clients.ts";
import { createLogger } from "./create-logger.ts";
import { logReplica } from "./log-replica.ts";

type Line = Readonly<Record<string, unknown>>;

let text = "";
afterEach(() => (text = ""));
const destination = { write: (line: string) => void (text += line) };

function lines(): readonly Line[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** Waits until a line has these fields. */
async function untilLine(fields: Line): Promise<Line> {
  for (;;) {
    const found = lines().find((line) => Object.entries(fields).every(([key, value]) => line[key] === value));
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const route = "/v1/embeddings";

describe("the log", () => {
  it("has one JSON line a request: who, what, how it ended, and where the time went", async () => {
    const slow = { slowRequests: { defaultMs: Number.POSITIVE_INFINITY } };
    await using weir = await startWeir({ logger: createLogger({ destination }), observing: slow });
    const response = await fetch(weir.url + route, {
      method: "POST",
      body: JSON.stringify({ input: ["a", "b"] }),
    });
    await response.arrayBuffer();
    const line = await untilLine({ route });
    expect(line).toMatchObject({
      level: "info",
      msg: "request",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      requestId: response.headers.get("x-request-id"),
      keyId: "anonymous",
      method: "POST",
      model: "echo",
      job: "embed",
      status: 200,
      inputs: 2,
    });
    const { totalMs, ...phases } = line as Record<string, number>;
    for (const phase of ["queueMs", "tokenizeMs", "inferMs", "encodeMs"]) {
      expect(phases[phase]).toBeGreaterThanOrEqual(0);
      expect(phases[phase]).toBeLessThanOrEqual(totalMs!);
    }
    expect(lines().filter(({ requestId }) => requestId === line["requestId"])).toHaveLength(1);
  });

  it("warns of slow requests, from 100 ms on or from what is set for the kind of job", async () => {
    const logger = createLogger({ destination, level: "warn" });
    {
      await using weir = await startWeir({ logger, echo: { blockMs: 110 } });
      await post(weir.url + route, { input: "a" });
      const { inferMs } = await untilLine({ level: "warn", msg: "slow request", route });
      expect(inferMs).toBeGreaterThanOrEqual(105);
    }
    text = "";
    {
      const slowRequests = { byJob: { embed: 60_000 } };
      await using weir = await startWeir({ logger, observing: { slowRequests }, echo: { blockMs: 110 } });
      expect(await post(weir.url + route, { input: "a" })).toBe(200);
    }
    expect(text).toBe("");
  });

  it("is silent about probes, unless debug lines are wanted", async () => {
    for (const [level, count] of [
      ["info", 0],
      ["debug", 1],
    ] as const) {
      text = "";
      {
        await using weir = await startWeir({ logger: createLogger({ destination, level }) });
        await (await fetch(`${weir.url}/health/live`)).text();
        await (await fetch(`${weir.url}/v2/models/none/ready`)).text();
      }
      expect(lines().filter((line) => line["route"] === "/health/live")).toHaveLength(count);
      expect(lines().filter((line) => line["status"] === 404)).toHaveLength(count);
    }
  });

  it("calls a request whose client left no slow one", async () => {
    const observing = { slowRequests: { defaultMs: 0 } };
    await using weir = await startWeir({
      logger: createLogger({ destination }),
      observing,
      echo: { blockMs: 100 },
    });
    const [model] = await weir.ready;
    const leaving = new AbortController();
    const answer = post(weir.url + route, { input: "a" }, leaving.signal);
    await vi.waitUntil(() => model!.jobsHeld === 1, { interval: 5, timeout: 10_000 });
    leaving.abort();
    await expect(answer).rejects.toThrow("aborted");
    expect(await untilLine({ status: 499 })).toMatchObject({ level: "info", msg: "request cancelled" });
  });

  it("tells what was refused from what failed, and what was tried where there is no route", async () => {
    await using weir = await startWeir({
      logger: createLogger({ destination }),
      echo: { blockMs: 30 },
      limits: { jobs: 0 },
    });
    await Promise.all(Array.from({ length: 8 }, () => post(weir.url + route, { input: "a" })));
    expect(await untilLine({ msg: "request refused" })).toMatchObject({
      level: "info",
      status: 503,
      refusal: "QUEUE_FULL",
    });
    await post(`${weir.url}/wp-login.php?password=hunter2`, {});
    expect(await untilLine({ route: "other" })).toMatchObject({ path: "/wp-login.php", status: 404 });
  });

  it("says when a replica ended and came back", async () => {
    await using weir = await startWeir({ logger: createLogger({ destination }) });
    const [model] = await weir.ready;
    process.kill((model!.state as { pid: number }).pid, "SIGKILL");
    expect(await untilLine({ reason: "signal SIGKILL" })).toMatchObject({
      level: "warn",
      model: "echo",
      replica: 0,
    });
  });

  it("warns of what a replica prints, and does not claim who chose a layout", () => {
    const log = createLogger({ destination });
    logReplica(log, "m", { kind: "output", place: 1, line: "[E:onnxruntime:] no CUDA" });
    const layout = { replicas: 1, threads: 2, chosenBy: "given", measured: [] } as const;
    logReplica(log, "m", { kind: "layout", layout });
    expect(lines()).toMatchObject([
      { level: "warn", model: "m", replica: 1, msg: "[E:onnxruntime:] no CUDA" },
      { level: "info", model: "m", msg: "replicas x threads: 1 x 2" },
    ]);
  });

  it("leaves it to the caller to say where the server listens, and goes on at its level", async () => {
    await using weir = await startWeir({ logger: createLogger({ destination }) });
    expect(await post(weir.url + route, { input: "a" })).toBe(200);
    await untilLine({ route });
    expect(text).not.toContain(new URL(weir.url).port);
  });

  it("never holds a text or a key, whatever comes and however it fails", async () => {
    const canary = "cAnArY-7f3a";
    const headers = { authorization: `Bearer ${canary}`, "x-api-key": canary, cookie: canary };
    {
      await using weir = await startWeir({
        logger: createLogger({ destination, level: "trace" }),
        limits: { bodyBytes: 5_000 },
      });
      const bodies = [
        JSON.stringify({ input: canary }),
        JSON.stringify({ input: [canary, null] }),
        JSON.stringify({ input: [{ canary }] }),
        JSON.stringify({ model: canary, input: "a" }),
        JSON.stringify({ input: canary.repeat(1_000) }),
        `{"input": "${canary}`,
        canary,
      ];
      for (const body of bodies) {
        for (const path of ["/v1/embeddings", "/embed", "/api/embed", "/embed-file", "/shutdown"]) {
          const asked = `${weir.url}${path}?key=${canary}`;
          const response = await fetch(asked, { method: "POST", body, headers });
          await response.arrayBuffer();
        }
      }
    }
    expect(lines().length).toBeGreaterThanOrEqual(35);
    expect(text.toLowerCase()).not.toContain(canary.toLowerCase());
  });
});
