import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createClosedLoopSchedule } from "@weir/stats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listen } from "../fixtures/listen.ts";
import { parseHttpTarget } from "../http/http-target.ts";
import type { LoadPlan } from "../run/load-plan.ts";
import type { LoadResult } from "../run/load-result.ts";
import { runLoad } from "../run/run-load.ts";
import type { ScenarioPlan } from "./scenario-plan.ts";
import { planScenario } from "./scenario-workload.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (seen: Seen, response: http.ServerResponse, index: number) => void;

async function startServer(
  answer: Answer,
): Promise<AsyncDisposable & { readonly url: string; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
      seen.push(one);
      answer(one, response, seen.length - 1);
    });
  });
  const listening = await listen(server);
  return {
    url: listening.url,
    seen,
    [Symbol.asyncDispose]: async () => listening[Symbol.asyncDispose](),
  };
}

const headers = { "X-Run": "run" };

describe("scenarios", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-scenario-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function writeScenario(text: string): Promise<string> {
    const file = path.join(folder, "scenario.ts");
    await writeFile(file, text);
    return file;
  }

  async function run(
    url: string,
    scenario: string | ScenarioPlan,
    { users = 2, turns = 4 } = {},
  ): Promise<LoadResult> {
    const workload =
      typeof scenario === "string"
        ? planScenario(await writeScenario(scenario), parseHttpTarget(url), headers)
        : scenario;
    const plan: LoadPlan = {
      url,
      workload,
      schedule: createClosedLoopSchedule({ users, seed: 1 }),
      stop: { durationMs: undefined, requests: turns },
      warmupMs: 0,
      transport: { headers, connectTimeoutMs: 5000, timeoutMs: 5000 },
    };
    return await runLoad(plan);
  }

  const askTwice = `
    import { defineScenario } from "@weir/load";
    interface Order { readonly id: number }
    export default defineScenario({
      name: "order and look",
      steps: ["order", "look"],
      *user({ index, turn, random, headers }) {
        const made = yield {
          step: "order",
          path: "/orders",
          json: { index, turn, number: random(), run: headers["X-Run"] },
          headers: { "x-run": "mine" },
          keepHeaders: ["Location"],
        };
        const order: Order = made.json();
        if (made.header("location") !== \`/orders/\${order.id}\`) throw new Error("the order has no place");
        yield { step: "look", path: \`/orders/\${order.id}?full=1\`, keepBody: false };
      },
    });`;

  it("sends what a turn yields, one after the other, and gives it the answers", async () => {
    await using server = await startServer(({ method }, response, index) => {
      if (method === "POST") response.setHeader("Location", `/orders/${index}`);
      response.end(JSON.stringify({ id: index }));
    });
    const result = await run(server.url, askTwice);
    expect(result).toMatchObject({
      end: { kind: "finished", by: "requests" },
      unit: "requests",
      counts: { completed: 8, units: 8, failed: { total: 0 } },
      checks: { examined: 8, failed: 0 },
    });
    const orders = server.seen.filter(({ method }) => method === "POST");
    expect(orders).toHaveLength(4);
    for (const { url, headers: sent, body } of orders) {
      expect({ url, type: sent["content-type"], run: sent["x-run"] }).toEqual({
        url: "/orders",
        type: "application/json",
        run: "mine",
      });
      expect(JSON.parse(body)).toMatchObject({ run: "run", number: expect.any(Number) as number });
      // Each order is looked at, by its own id.
      expect(server.seen.map((each) => each.url)).toContain(
        `/orders/${server.seen.findIndex((each) => each.body === body)}?full=1`,
      );
    }
    const users = orders.map(({ body }) => JSON.parse(body) as { index: number; turn: number });
    expect(new Set(users.map(({ index }) => index))).toEqual(new Set([0, 1]));
    for (const index of [0, 1]) {
      const turns = users.filter((user) => user.index === index).map(({ turn }) => turn);
      expect(turns).toEqual(turns.map((_, turn) => turn));
    }
  });

  it("gives every user numbers of its own, the same for the same seed", async () => {
    const numbers: string[][] = [];
    for (let time = 0; time < 2; time += 1) {
      await using server = await startServer((_, response) => response.end("{}"));
      await run(
        server.url,
        `export default { name: "n", *user({ index, random }) { yield { path: "/" + index + "/" + random() } } }`,
        { turns: 2 },
      );
      numbers.push(server.seen.map(({ url }) => url).toSorted());
    }
    expect(numbers[0]).toEqual(numbers[1]);
    const [first = "", second = ""] = numbers[0]!.map((url) => url.split("/")[2]);
    expect(first).not.toBe(second);
  });

  it("fails a request by what the scenario throws, and begins the next turn anew", async () => {
    await using server = await startServer(({ url }, response) => response.end(url));
    const result = await run(
      server.url,
      `export default { name: "picky", *user({ turn }) {
        const answer = yield { path: "/turn/" + turn };
        if (turn % 2 === 0) throw new Error("even: " + answer.text());
        yield { path: "/odd" };
      } }`,
      { users: 1, turns: 4 },
    );
    expect(server.seen.map(({ url }) => url)).toEqual([
      "/turn/0",
      "/turn/1",
      "/odd",
      "/turn/2",
      "/turn/3",
      "/odd",
    ]);
    expect(result.counts.completed).toBe(4);
    expect(result.counts.failed).toMatchObject({
      total: 2,
      byKind: { "scenario-check": { count: 2, firstMessage: "even: /turn/0", firstBody: "/turn/0" } },
    });
    expect(result.checks).toMatchObject({ examined: 6, failed: 2 });
  });

  it("fails a request by an unexpected status before the scenario sees it, and tidies the turn up", async () => {
    await using server = await startServer(({ url }, response) => {
      response.writeHead(url === "/missing" ? 404 : url === "/broken" ? 500 : 200).end("no");
    });
    const result = await run(
      server.url,
      `export default { name: "statuses", *user() {
        try {
          const answer = yield { path: "/missing", expect: "2xx,404" };
          if (answer.status !== 404) throw new Error("unexpected");
          yield { path: "/broken" };
          yield { path: "/never" };
        } finally {
          yield { path: "/not-sent-either" };
        }
      } }`,
      { users: 1, turns: 2 },
    );
    expect(server.seen.map(({ url }) => url)).toEqual(["/missing", "/broken", "/missing", "/broken"]);
    expect(result.counts.failed.byKind["http-500"]).toMatchObject({
      count: 2,
      firstMessage: "status 500, expected 2xx",
    });
  });

  it("goes on with a new turn after a lost connection", async () => {
    await using server = await startServer(({ url }, response, index) => {
      if (index === 1) response.destroy();
      else response.end(url);
    });
    const result = await run(
      server.url,
      `export default { name: "lost", *user() { yield { path: "/a" }; yield { path: "/b" }; } }`,
      { users: 1, turns: 2 },
    );
    expect(server.seen.map(({ url }) => url)).toEqual(["/a", "/b", "/a", "/b"]);
    expect(result.counts).toMatchObject({ completed: 3, failed: { total: 1 } });
  });

  it("reads streams, with the times of their tokens and what they said", async () => {
    const event = (delta: object, rest: object = {}): string =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, ...rest }] })}\n\n`;
    await using server = await startServer(({ url }, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(event({ role: "assistant", content: "" }) + event({ content: "[1," }));
      const end = event({}, { finish_reason: "stop" }) + "data: [DONE]\n\n";
      response.end(event({ content: "2]" }) + (url === "/cut" ? "" : end));
    });
    const result = await run(
      server.url,
      `export default { name: "streams", *user() {
        const answer = yield { path: "/whole", stream: "openai", keepBody: true };
        if (answer.json()[1] !== 2) throw new Error("said " + answer.text());
        yield { path: "/unread", stream: "openai" };
        yield { path: "/cut", stream: "openai" };
      } }`,
      { users: 1, turns: 2 },
    );
    expect(result.counts).toMatchObject({
      completed: 4,
      failed: { total: 2, byKind: { "truncated-stream": { count: 2 } } },
    });
    expect(result.streams).toMatchObject({ ttftMs: { n: 4 }, chunkGapMs: { n: 4 } });
    expect(result.checks).toMatchObject({ examined: 6, failed: 2 });
  });

  it("sees code of its own beside it, and refuses a file that has changed since it was planned", async () => {
    await writeFile(path.join(folder, "paths.ts"), `export const place: string = "/helped";`);
    const text = `import { place } from "./paths.ts"; export default { name: "x", *user() { yield { path: place } } }`;
    await using server = await startServer((_, response) => response.end());
    const file = await writeScenario(text);
    const plan = planScenario(file, parseHttpTarget(server.url), {});
    expect(plan).toEqual({ kind: "scenario", name: "x", path: file, hash: plan.hash, steps: [] });
    await run(server.url, plan, { turns: 1 });
    expect(server.seen.map(({ url }) => url)).toEqual(["/helped"]);
    await writeFile(file, `${text} // changed`);
    await expect(run(server.url, plan)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("must be as it was when the run was planned") as string,
    });
  });

  it.each<[what: string, user: string, message: RegExp]>([
    [
      "a header that was not kept",
      `*user() { const a = yield { path: "/" }; a.header("etag"); }`,
      /was not kept\. Name it in the request: keepHeaders: \["etag"\]/,
    ],
    [
      "a stream that was not kept",
      `*user() { (yield { path: "/", stream: "openai" }).text(); }`,
      /body was not kept\. Say keepBody: true/,
    ],
    [
      "a body that was not kept",
      `*user() { (yield { path: "/", keepBody: false }).text(); }`,
      /body was not kept/,
    ],
    [
      "an answer read too late",
      `*user() { const a = yield { path: "/" }; yield { path: "/" }; a.text(); }`,
      /must be read before the next request/,
    ],
    [
      "a bad request in the middle of a turn",
      `*user() { yield { path: "/" }; yield { path: "" }; }`,
      /begin with a slash/,
    ],
    [
      "a later turn that throws before its first request",
      `*user({ turn }) { if (turn === 1) throw new Error("tired"); yield { path: "/" }; }`,
      /threw before the first request of a turn: tired/,
    ],
    [
      "a turn that throws while it is tidied up",
      `*user() { try { yield { path: "/", expect: "404" }; } finally { throw new Error("untidy"); } }`,
      /untidy/,
    ],
  ])("ends the run by what no server is to blame for: %s", async (_, user, message) => {
    const event = { choices: [{ delta: { content: "a" }, finish_reason: "stop" }] };
    const stream = `data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`;
    await using server = await startServer((_, response) => response.end(stream));
    await expect(run(server.url, `export default { name: "x", ${user} }`, { users: 1 })).rejects.toThrow(
      message,
    );
  });
});
