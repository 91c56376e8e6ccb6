import OpenAI from "openai";
import { startMock } from "@weir/mock";
import { startServer, type RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../fixtures/http-user.ts";

const engineModule = import.meta.resolve("@weir/engine/echo");

/** The echo engine under that name. */
const echo = (name: string, options: Record<string, number> = {}) => ({
  name,
  engineModule,
  spec: { path: "/", options },
});

function startInFront({ url }: { readonly url: string }): Promise<RunningServer> {
  return startWeir({ models: [{ name: "echo", remote: { url } }] });
}

async function post(url: string, path: string, body: object): Promise<{ status: number; text: string }> {
  const answer = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text() };
}

const bodies = [
  ["/v1/embeddings", { model: "echo", input: ["one", "two"] }],
  ["/v1/embeddings", { input: "one", encoding_format: "base64", dimensions: 4 }],
  ["/embed", { texts: ["one", "two"] }],
  ["/embed", { inputs: ["one", "two"] }],
  ["/api/embed", { model: "echo", input: ["one", "two"] }],
] as const;

let remote: RunningServer;
beforeAll(async () => {
  remote = await startWeir({ models: [echo("echo"), echo("other", { dimensions: 16 })] });
});
afterAll(() => remote[Symbol.asyncDispose]());

describe("a model on another Weir", () => {
  it.each(["", "tei+", "sidecar+", "ollama+"])(
    "asked as %s answers in every dialect what that one does",
    async (dialect) => {
      await using remote = await startWeir();
      await using weir = await startWeir({
        models: [
          {
            name: "echo",
            remote: {
              url: remote.url,
              ...(dialect === "" ? {} : { dialect: dialect.slice(0, -1) as "tei" }),
            },
          },
        ],
      });
      for (const [path, body] of bodies) {
        // Which the sidecar's API has no field for.
        if (dialect === "sidecar+" && "dimensions" in body) continue;
        const here = await post(weir.url, path, body);
        const there = await post(remote.url, path, body);
        expect(here.status, here.text).toBe(200);
        const without = (text: string): unknown =>
          JSON.parse(text, (key, value: unknown) =>
            /duration|usage|prompt_eval_count/.test(key) ? undefined : value,
          );
        expect(without(here.text)).toEqual(without(there.text));
      }
    },
  );

  it("answers OpenAI's own client with the same bytes, counted and named as its own", async () => {
    await using weir = await startWeir({
      models: [{ name: "ours", remote: { url: `${remote.url}/v1`, model: "echo" } }],
      aliases: { "text-embedding-3-small": "ours" },
    });
    const [near, far] = [weir, remote].map(
      ({ url }) => new OpenAI({ apiKey: "none", baseURL: `${url}/v1`, maxRetries: 0 }),
    );
    const input = Array.from({ length: 40 }, (_, index) => `text ${index}`);
    const [here, there] = await Promise.all([
      near!.embeddings.create({ model: "text-embedding-3-small", input }),
      far!.embeddings.create({ model: "echo", input }),
    ]);
    expect(here.data).toEqual(there.data);
    expect(here.usage).toEqual(there.usage);
    // What computed it is what its answer says.
    expect(here.model).toBe("echo");
    await expect(near!.embeddings.create({ model: "nobody", input })).rejects.toThrow("served: ours");
    const metrics = await (await fetch(`${weir.url}/metrics`)).text();
    expect(metrics).toContain(`weir_tokens_total{model="ours"} ${here.usage.prompt_tokens}`);
    expect(metrics).toContain('weir_model_info{model="ours",device="remote"');
    expect(metrics).not.toMatch(/phase="tokenize",model="ours"/);
  });

  it("hands on how many texts were cut, and what one that it calls does not take", async () => {
    await using weir = await startInFront(remote);
    const long = "word ".repeat(5_000);
    const cut = await fetch(`${weir.url}/v1/embeddings`, {
      method: "POST",
      body: JSON.stringify({ input: [long, "short"] }),
    });
    expect(cut.headers.get("x-truncated-inputs")).toBe("1");
    const refused = await post(weir.url, "/v1/embeddings", { input: long, truncate: false });
    expect(refused).toMatchObject({ status: 400, text: expect.stringContaining("context_length_exceeded") });
  });

  it("lets jobs wait while that one is restarted: those that were under way fail, the others do not", async () => {
    const first = await startWeir();
    const port = Number(new URL(first.url).port);
    await using weir = await startInFront(first);
    const [model] = await weir.ready;
    await first[Symbol.asyncDispose]();
    // The first one finds out; it says so, and that it may be sent again.
    const found = await fetch(`${weir.url}/embed`, { method: "POST", body: '{"texts":["a"]}' });
    expect(found.status).toBe(502);
    expect(found.headers.get("x-should-retry")).toBe("true");
    expect(Number(found.headers.get("retry-after-ms"))).toBeGreaterThan(0);
    expect(model!.state).toMatchObject({ kind: "unreachable", cause: "refuses connections" });
    const ready = await fetch(`${weir.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      reason: "echo: the server behind it is down: it refuses connections",
    });
    const waiting = Array.from({ length: 20 }, () => post(weir.url, "/embed", { texts: ["b"] }));
    await until(() => model!.jobsHeld === 20);
    await using again = await startServer({ models: [echo("echo")], port, version: "0" });
    await again.ready;
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await fetch(`${weir.url}/health/ready`)).status).toBe(200);
  });

  it("that is lost for long is left alone but for trials, and refuses at once until it is back", async () => {
    const first = await startWeir();
    const port = Number(new URL(first.url).port);
    const events: string[] = [];
    await using weir = await startWeir({
      models: [
        { name: "echo", remote: { url: first.url }, circuit: { crashes: 2, openMs: 150, proveMs: 0 } },
      ],
      onReplicaEvent: (_model, { kind }) => void events.push(kind),
    });
    const [model] = await weir.ready;
    await first[Symbol.asyncDispose]();
    await post(weir.url, "/embed", { texts: ["a"] });
    await until(() => events.includes("circuit-open"));
    expect(model!.state).toMatchObject({ kind: "unreachable", circuitOpen: true });
    const refused = await fetch(`${weir.url}/embed`, { method: "POST", body: '{"texts":["a"]}' });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after-ms"))).toBeLessThanOrEqual(150);
    expect(await refused.text()).toContain("refuses connections");
    await using again = await startServer({ models: [echo("echo")], port, version: "0" });
    await again.ready;
    await until(() => model!.state.kind === "ready");
    expect((await post(weir.url, "/embed", { texts: ["a"] })).status).toBe(200);
    expect(events).toEqual(["remote-lost", "circuit-open", "remote-back"]);
    expect(await (await fetch(`${weir.url}/metrics`)).text()).toContain(
      'weir_remote_losses_total{model="echo"} 1',
    );
  });
});

describe("a model on a server of known timings", () => {
  it("is asked for as many at a time as it has slots here; the others wait and are refused in this queue", async () => {
    await using mock = await startMock({ serviceMs: 150, dimensions: 4, slots: 2, queue: 0 });
    await using weir = await startWeir({
      models: [{ name: "mock", remote: { url: mock.url, slots: 2 } }],
      limits: { jobs: 4 },
    });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        fetch(`${weir.url}/embed`, { method: "POST", body: '{"texts":["a"]}' }),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 503, 503]);
    // None of them by the mock, which would have refused a third one; two opened it.
    expect(mock.log.byStatus).toEqual({ 200: 8 });
    expect(mock.log.mostActive).toBe(2);
  });

  it("waits out its refusals", async () => {
    await using mock = await startMock({ serviceMs: 400, dimensions: 4, slots: 1, queue: 0 });
    await using weir = await startInFront(mock);
    const ask = (): Promise<{ status: number }> => post(weir.url, "/v1/embeddings", { input: "a" });
    expect(await Promise.all([ask(), ask()])).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(Object.keys(mock.log.byStatus)).toHaveLength(2);
    expect((await weir.ready)[0]!.state.kind).toBe("ready");
  });

  it("is another Weir with a small queue, whose places for those who come again it uses", async () => {
    await using remote = await startWeir({
      models: [{ ...echo("echo", { blockMs: 60 }), slotCost: 0 }],
      limits: { jobs: 1 },
    });
    await using weir = await startInFront(remote);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(weir.url, "/v1/embeddings", { input: "a" })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    const { refused } = (await remote.ready)[0]!.admissionStats().totals;
    expect(refused.full).toBeGreaterThan(0);
  });

  it("ends at the request's own deadline", async () => {
    await using mock = await startMock({ serviceMs: 200, dimensions: 4 });
    await using weir = await startInFront(mock);
    const answer = await fetch(`${weir.url}/embed`, {
      method: "POST",
      body: '{"texts":["a"]}',
      headers: { "x-request-timeout": "50ms" },
    });
    expect([503, 504]).toContain(answer.status);
  });
});

describe("swapping under load", () => {
  it("from replicas to another server and back fails no request", async () => {
    const events: string[] = [];
    await using weir = await startWeir({
      launchToken: "s3cret",
      models: [echo("swapped", { dimensions: 4 })],
      onReplicaEvent: (_model, { kind }) => void (kind === "swapped" && events.push(kind)),
      locateModel: async (path) =>
        path.startsWith("http")
          ? { remote: { url: path, model: "other" } }
          : { engineModule, spec: { path, options: { dimensions: 4 } } },
    });
    const statuses = new Map<number, number>();
    const widths = new Set<number>();
    let stop = false;
    const users = Array.from({ length: 6 }, async () => {
      while (!stop) {
        const { status, text } = await post(weir.url, "/v1/embeddings", {
          input: "a",
          encoding_format: "float",
        });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 200) {
          const { data } = JSON.parse(text) as { data: { embedding: number[] }[] };
          widths.add(data[0]!.embedding.length);
        }
      }
    });
    const served = (): number => statuses.get(200) ?? 0;
    async function swap(path: string): Promise<unknown> {
      const before = served();
      await until(() => served() > before + 20);
      const answer = await fetch(`${weir.url}/admin/models/swapped`, {
        method: "PUT",
        headers: { authorization: "Bearer s3cret" },
        body: JSON.stringify({ path }),
      });
      const after = served();
      await until(() => served() > after + 20);
      return answer.json();
    }
    expect(await swap("http://127.0.0.1:1")).toMatchObject({ error: { code: "remote_failed" } });
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await swap(remote.url)).toMatchObject({ path: remote.url, dimensions: 16, device: "remote" });
      expect(await swap("/")).toMatchObject({ path: "/", dimensions: 4, replicas: 1, state: "ready" });
    }
    stop = true;
    await Promise.all(users);
    expect([...statuses.keys()]).toEqual([200]);
    expect([...widths].toSorted((a, b) => a - b)).toEqual([16, 4].toSorted((a, b) => a - b));
    expect(events).toHaveLength(4);
  });
});
