import { describeReplicaEvent, type RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHttpUser, until } from "../fixtures/http-user.ts";
import { answerVectors, startScripted, type ScriptedServer } from "./fixtures/scripted-server.ts";

let remote: ScriptedServer;
let weir: RunningServer;
beforeAll(async () => {
  remote = await startScripted();
  weir = await startWeir({
    models: [{ name: "ours", remote: { url: `${remote.url}/v1`, model: "theirs", key: "s3cret" } }],
  });
});
afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await remote[Symbol.asyncDispose]();
});
beforeEach(() => {
  remote.answer = answerVectors;
});

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(weir.url + path, { method: "POST", body, headers });
}

/** The last request that came is the client's, not a trial's. */
function lastWith(word: string): ScriptedServer["requests"][number] {
  return remote.requests.findLast(({ body }) => body.includes(word))!;
}

describe("a request to a remote model", () => {
  it("goes there byte by byte but for the model's name, with our key, and its answer comes back as it is", async () => {
    const odd = '{ "data":[ {"embedding":[0.6000,8E-1]} ],"usage":{"prompt_tokens": 7},"extra":1e400 }\n';
    remote.answer = (response) => void response.end(odd);
    const answer = await post("/v1/embeddings", '{ "input": "höhe\\u0041" , "model":"ours","user": 1.0 }', {
      authorization: "Bearer mine",
    });
    expect(await answer.text()).toBe(odd);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(Number(answer.headers.get("x-inference-time"))).toBeGreaterThan(0);
    const { body, headers, path } = lastWith("he\\u0041");
    expect(body).toBe('{ "input": "höhe\\u0041" , "model":"theirs","user": 1.0 }');
    expect(headers.authorization).toBe("Bearer s3cret");
    expect(path).toBe("/v1/embeddings");
  });

  it("goes there without any change where the names are the same", async () => {
    await using same = await startWeir({ models: [{ name: "theirs", remote: { url: remote.url } }] });
    const body = '{"model" : "theirs","input":["same"]}';
    expect((await fetch(`${same.url}/v1/embeddings`, { method: "POST", body })).status).toBe(200);
    expect(lastWith("same").body).toBe(body);
  });

  it("in another dialect is translated, and so is its answer", async () => {
    remote.answer = (response, { body }) => {
      const { input } = JSON.parse(body) as { input: string[] };
      const data = input.map((_, index) => ({ index: input.length - 1 - index, embedding: [3, index] }));
      response.end(JSON.stringify({ data, usage: { prompt_tokens: 7 } }));
    };
    const answer = await post("/embed", '{"texts":["turned","b"]}');
    const { vectors } = (await answer.json()) as { vectors: number[][] };
    // In the order of `index`, and scaled to length 1.
    expect(vectors.map((vector) => vector.map((value) => Math.round(value * 1e4) / 1e4))).toEqual([
      [0.9487, 0.3162],
      [1, 0],
    ]);
    expect(JSON.parse(lastWith("turned").body)).toEqual({
      model: "theirs",
      input: ["turned", "b"],
      encoding_format: "base64",
    });
    expect(await (await post("/api/embed", '{"model":"ours","input":"a"}')).json()).toMatchObject({
      model: "ours",
      prompt_eval_count: 7,
    });
  });

  it("that the remote's dialect cannot say is refused", async () => {
    const answer = await post("/embed", '{"texts":["a"],"pooling":"cls"}');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("pooling cls");
  });

  it.each([
    ["full", 503, { "retry-after": "7" }, { status: 503, code: "QUEUE_FULL", after: "7" }],
    ["limited", 429, { "retry-after-ms": "1500" }, { status: 503, code: "QUEUE_FULL", after: "2" }],
    ["limited without a time", 429, {}, { status: 503, code: "QUEUE_FULL", after: "1" }],
    ["failing", 500, {}, { status: 502, code: "REMOTE_FAILED" }],
    ["another Weir that starts", 503, { "retry-after": "3" }, { status: 503, code: "NOT_READY", after: "3" }],
    ["gone behind a proxy", 503, {}, { status: 502, code: "REMOTE_FAILED" }],
    ["asked with a wrong key", 401, {}, { status: 502, code: "REMOTE_REFUSED" }],
    ["asked for a model it has not", 404, {}, { status: 502, code: "REMOTE_REFUSED" }],
    ["somewhere else", 308, { location: "/there" }, { status: 502, code: "REMOTE_REFUSED" }],
    ["asked for nonsense", 422, {}, { status: 400, code: "INVALID_REQUEST" }],
    ["asked for too much", 413, {}, { status: 413, code: "BODY_TOO_LARGE" }],
  ])("to a server that is %s says so, passed through or translated", async (_, status, headers, expected) => {
    remote.answer = (response, asked) => {
      if (!asked.body.includes("bad")) return answerVectors(response, asked);
      const error = {
        message: "its own words",
        param: "input",
        code: expected.code === "NOT_READY" ? "not_ready" : null,
      };
      response.writeHead(status, headers).end(JSON.stringify({ error }));
    };
    for (const [path, body] of [
      ["/v1/embeddings", '{"input":"bad"}'],
      ["/embed", '{"texts":["bad"]}'],
    ] as const) {
      // Too short for it to be worth to wait for room.
      const answer = await post(path, body, { "x-request-timeout": "900ms" });
      expect(answer.status).toBe(expected.status);
      const text = await answer.text();
      expect(text.toUpperCase()).toContain(expected.code);
      // What it says of our key is the operator's to read.
      const words = status === 401 ? "refuses the key" : "its own words";
      expect(text).toContain("location" in headers ? "/there" : words);
      expect(answer.headers.get("retry-after")).toBe("after" in expected ? expected.after : null);
    }
    // A request of its own may be to blame: the model goes on serving.
    expect((await fetch(`${weir.url}/health/ready`)).status).toBe(200);
  });

  it.each([
    ["/v1/embeddings", '{"input":"room"}'],
    ["/embed", '{"texts":["room"]}'],
  ])("%s to a server that has no room now is sent again when there is, as what it is", async (path, body) => {
    const counts: unknown[] = [];
    remote.answer = (response, asked) => {
      counts.push(asked.headers["x-stainless-retry-count"]);
      if (counts.length >= 3) answerVectors(response, asked);
      else response.writeHead(503, { "retry-after-ms": "60" }).end('{"error":{"code":"queue_full"}}');
    };
    expect((await post(path, body)).status).toBe(200);
    expect(counts).toEqual([undefined, "1", "2"]);
    // A client that comes again is one there, too.
    expect((await post(path, body, { "x-stainless-retry-count": "1" })).status).toBe(200);
    expect(counts.slice(3)).toEqual(["1"]);
  });

  it("ends with its client, waiting for room or not", async () => {
    const client = new AbortController();
    let asked = 0;
    remote.answer = (response) => {
      asked += 1;
      response.writeHead(503, { "retry-after": "20" }).end();
      response.once("close", () => setImmediate(() => client.abort()));
    };
    const body = '{"input":"gone"}';
    const left = fetch(`${weir.url}/v1/embeddings`, { method: "POST", body, signal: client.signal });
    await expect(left).rejects.toThrow("aborted");
    const [model] = await weir.ready;
    await until(() => model!.jobsHeld === 0);
    expect(asked).toBe(1);
  });

  it.each([
    ["/v1/embeddings", '{"input":"bad"}', "<html>login</html>", {}, "expected a JSON body"],
    ["/v1/embeddings", '{"input":"bad"}', '{"data":[', {}, "expected a JSON body"],
    ["/embed", '{"texts":["bad"]}', "<html>login</html>", {}, "expected a JSON body"],
    ["/embed", '{"texts":["bad","b"]}', '{"data":[{"embedding":[1]}]}', {}, "expected 2 vectors, got 1"],
    ["/embed", '{"texts":["bad"]}', '{"vectors":[[1]]}', {}, "data: expected a list"],
    ["/v1/embeddings", '{"input":"bad"}', "not gzip", { "content-encoding": "gzip" }, "not compressed"],
  ])(
    "%s %s that is answered with %s is a 502 that says what came",
    async (path, body, wrong, headers, said) => {
      remote.answer = (response, asked) => {
        if (!asked.body.includes("bad")) return answerVectors(response, asked);
        response.writeHead(200, headers).end(wrong);
      };
      const answer = await post(path, body);
      expect(answer.status).toBe(502);
      expect(await answer.text()).toContain(said);
    },
  );

  it("is tried once more where the connection dies before an answer began, and not after", async () => {
    let cut = 1;
    remote.answer = (response, asked) => {
      if (cut > 0 && asked.body.includes("cut")) {
        cut -= 1;
        response.socket?.destroy();
      } else answerVectors(response, asked);
    };
    expect((await post("/v1/embeddings", '{"input":"cut"}')).status).toBe(200);
    expect(remote.requests.filter(({ body }) => body.includes("cut"))).toHaveLength(2);
    remote.answer = (response, asked) => {
      if (!asked.body.includes("half")) return answerVectors(response, asked);
      response.writeHead(200, { "content-length": "100" });
      response.write("{", () => response.socket?.destroy());
    };
    const half = await post("/v1/embeddings", '{"input":"half"}');
    expect(half.status).toBe(502);
    expect(await half.text()).toContain("broke its answer off");
    expect(remote.requests.filter(({ body }) => body.includes("half"))).toHaveLength(1);
  });
});

describe("a client that hangs up", () => {
  it("ends its request there", async () => {
    const [model] = await weir.ready;
    const ended = new Promise<void>((resolve) => {
      remote.answer = (response, asked) => {
        if (!asked.body.includes("slow")) return answerVectors(response, asked);
        response.once("close", resolve);
        gone.abort();
      };
    });
    const gone = new AbortController();
    // Not fetch, which would open a connection to use later and hold up the end of the server with it.
    using user = createHttpUser(weir.url);
    const asking = user.embed(["slow"], {}, gone.signal);
    await expect(asking).rejects.toThrow("abort");
    await ended;
    await until(() => model!.jobsHeld === 0);
    expect(model!.state.kind).toBe("ready");
  });
});

describe("a server that goes on taking requests and answers none", () => {
  it("is found out by a trial, gets no jobs, and is used again once it answers", async () => {
    await using hanging = await startScripted();
    const events: string[] = [];
    await using served = await startWeir({
      models: [{ name: "m", remote: { url: hanging.url, timeoutMs: 200 } }],
      onReplicaEvent: (_model, event) => void events.push(describeReplicaEvent(event) ?? ""),
    });
    const [model] = await served.ready;
    hanging.answer = () => {};
    using user = createHttpUser(served.url);
    const { status, text } = await user.embed(["a"]);
    expect(status).toBe(502);
    expect(text).toContain("did not answer within 200 ms");
    await until(() => model!.state.kind === "unreachable");
    const waiting = user.embed(["b"]);
    await until(() => model!.jobsHeld === 1);
    hanging.answer = answerVectors;
    expect((await waiting).status).toBe(200);
    expect(events[0]).toMatch(/is not there: it did not answer within 200 ms; next try in 100 ms/);
    expect(events.at(-1)).toContain("is back after");
  });
});

describe("opening a remote model", () => {
  it("finds out what the server speaks, and asks for floats where base64 is refused", async () => {
    await using tei = await startScripted();
    tei.answer = (response, { path, body }) => {
      if (path !== "/embed") return void response.writeHead(404).end();
      if (!body.includes('"inputs"')) return void response.writeHead(422).end();
      response.setHeader("x-compute-tokens", "4").end("[[0.6,0.8,0]]");
    };
    await using found = await startWeir({ models: [{ name: "m", remote: { url: tei.url } }] });
    const info: unknown = await (await fetch(`${found.url}/info`)).json();
    expect(info).toMatchObject({ model_id: "m", dim: 3, device: "remote", max_input_length: null });
    const answer = await fetch(`${found.url}/v1/embeddings`, { method: "POST", body: '{"input":"a"}' });
    expect(await answer.json()).toMatchObject({ usage: { prompt_tokens: 4 } });

    await using floats = await startScripted();
    floats.answer = (response, asked) => {
      if (asked.body.includes("base64")) response.writeHead(400).end("{}");
      else answerVectors(response, asked);
    };
    await using served = await startWeir({ models: [{ name: "m", remote: { url: floats.url } }] });
    const health: unknown = await (await fetch(`${served.url}/health`)).json();
    expect(health).toMatchObject({
      models: [{ remote: { dialect: "openai", model: "m", url: floats.url } }],
    });
  });

  it("says what the server said where it refuses", async () => {
    await using closed = await startScripted();
    closed.answer = (response) => void response.writeHead(401).end('{"error":{"message":"no such key"}}');
    const opening = startWeir({ models: [{ name: "m", remote: { url: closed.url } }] });
    await expect(opening).rejects.toMatchObject({
      code: "REMOTE_REFUSED",
      message: expect.stringContaining("no such key"),
    });
    expect(closed.requests).toHaveLength(1);
  });

  it("waits for a server that comes up later, and says that it does", async () => {
    await using late = await startScripted();
    late.answer = (response) => void response.writeHead(503).end();
    const events: string[] = [];
    const opening = startWeir({
      models: [{ name: "m", remote: { url: late.url } }],
      onReplicaEvent: (_model, event) => {
        events.push(event.kind);
        late.answer = answerVectors;
      },
    });
    await using served = await opening;
    expect(served.phase).toBe("serving");
    expect(events[0]).toBe("remote-lost");
  });
});
