import { parseTeiPredictRequest, parseTeiRerankRequest } from "@weir/protocol";
import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import fc from "fast-check";
import { Check } from "typebox/value";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { predictBody, rerankBody } from "./scoring-schemas.ts";

const echo = import.meta.resolve("@weir/engine/echo");
const toModel = (name: string, options: Record<string, string[]>) => ({
  name,
  engineModule: echo,
  spec: { path: "/", options },
});

let ranker: RunningServer;
let classifier: RunningServer;
let embedder: RunningServer;

beforeAll(async () => {
  [ranker, classifier, embedder] = await Promise.all([
    startWeir({
      models: [toModel("mini", {}), toModel("cross", { labels: ["LABEL_0"] })],
      limits: { inputs: 40 },
    }),
    startWeir({ models: [toModel("moods", { labels: ["sad", "glad"] })] }),
    startWeir(),
  ]);
}, 60_000);
afterAll(() => Promise.all([ranker, classifier, embedder].map((weir) => weir[Symbol.asyncDispose]())));

async function post(
  weir: RunningServer,
  path: string,
  body: unknown,
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const answer = await fetch(weir.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

describe("/rerank", () => {
  it("answers the request of TEI's documentation with ranks, the best first", async () => {
    const asked = {
      query: "What is Deep Learning?",
      texts: ["Deep Learning is not...", "Deep learning is...", "cheese is made of milk"],
    };
    const { status, body, headers } = await post(ranker, "/rerank", asked);
    expect(status).toBe(200);
    expect(body).toEqual([
      { index: 0, score: sigmoid(2) },
      { index: 1, score: sigmoid(1) },
      { index: 2, score: sigmoid(1) },
    ]);
    expect(headers.get("x-process-time")).toMatch(/ms$/);
  });

  it("gives the model's own scores and the texts back where it is asked to", async () => {
    const texts = ["no", "the river holds", "the river"];
    const { body } = await post(ranker, "/rerank", {
      query: "the river holds water",
      texts,
      raw_scores: true,
      return_text: true,
    });
    expect(body).toEqual([
      { index: 1, text: "the river holds", score: 3 },
      { index: 2, text: "the river", score: 2 },
      { index: 0, text: "no", score: 0 },
    ]);
  });

  it("scores many texts in batches, each as it would be alone", async () => {
    const texts = Array.from({ length: 40 }, (_, index) => `a ${"b ".repeat(index)}c`);
    const all = await post(ranker, "/rerank", { query: "a c", texts, raw_scores: true });
    expect(all.body).toHaveLength(40);
    const one = await post(ranker, "/rerank", { query: "a c", texts: [texts[30]], raw_scores: true });
    const [{ score }] = one.body as [{ score: number }];
    expect((all.body as { index: number; score: number }[]).find(({ index }) => index === 30)!.score).toBe(
      score,
    );
    expect((await post(ranker, "/rerank", { query: "a", texts: [...texts, "d"] })).status).toBe(400);
  });

  it("cuts pairs that are too long and says so, or refuses them", async () => {
    const asked = { query: "a", texts: ["short", "long ".repeat(200)] };
    const cut = await post(ranker, "/rerank", asked);
    expect([cut.status, cut.headers.get("x-truncated-inputs")]).toEqual([200, "1"]);
    const refused = await post(ranker, "/rerank", { ...asked, truncate: false });
    expect([refused.status, refused.body]).toEqual([
      413,
      expect.objectContaining({ error_type: "Validation" }),
    ]);
  });

  it("is TEI's error for a model of another type, and for none at all", async () => {
    const asked = { query: "a", texts: ["b"] };
    expect(await post(embedder, "/rerank", asked)).toMatchObject({
      status: 424,
      body: { error: expect.stringContaining("not a re-ranker"), error_type: "Backend" },
    });
    expect(await post(classifier, "/rerank", asked)).toMatchObject({
      status: 424,
      body: { error: expect.stringContaining("not a re-ranker model"), error_type: "Backend" },
    });
    expect(await post(classifier, "/embed", { inputs: "a" })).toMatchObject({
      status: 424,
      body: { error: expect.stringContaining("not an embedding model"), error_type: "Backend" },
    });
    expect(await post(classifier, "/v1/embeddings", { input: "a" })).toMatchObject({
      status: 404,
      body: { error: { code: "model_wrong_kind" } },
    });
  });
});

describe("/predict", () => {
  it("takes a text, a pair, and batches of both", async () => {
    const softmax = (low: number, high: number): number => Math.exp(high) / (Math.exp(low) + Math.exp(high));
    const mood = (words: number) => [
      { score: expect.closeTo(softmax(words, 2 * words), 12) as number, label: "glad" },
      { score: expect.closeTo(softmax(2 * words, words), 12) as number, label: "sad" },
    ];
    expect((await post(classifier, "/predict", { inputs: "I like you." })).body).toEqual(mood(3));
    expect(
      (await post(classifier, "/predict", { inputs: ["I like pineapples", "I love pineapples"] })).body,
    ).toEqual(mood(2));
    const batch = [["I like you."], ["I hate pineapples", "you hate pineapples"]];
    expect((await post(classifier, "/predict", { inputs: batch })).body).toEqual([mood(3), mood(2)]);
    const raw = await post(classifier, "/predict", { inputs: [["one two"]], raw_scores: true });
    expect(raw.body).toEqual([
      [
        { score: 4, label: "glad" },
        { score: 2, label: "sad" },
      ],
    ]);
  });

  it("works with a re-ranker, and not with a model that embeds", async () => {
    expect((await post(ranker, "/predict", { inputs: [["a b", "b"]] })).body).toEqual([
      [{ score: sigmoid(1), label: "LABEL_0" }],
    ]);
    expect((await post(embedder, "/predict", { inputs: "a" })).status).toBe(424);
  });
});

describe("beside a model that embeds", () => {
  it("is loaded in Ollama's words, and writes no text", async () => {
    expect(await post(ranker, "/api/generate", { model: "cross" })).toMatchObject({
      status: 200,
      body: { done_reason: "load" },
    });
    expect(
      await post(ranker, "/api/chat", { model: "cross", messages: [{ role: "user", content: "a" }] }),
    ).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("it scores texts") },
    });
  });

  it("each route takes the first model of its kind, and the lists have both", async () => {
    expect((await post(ranker, "/v1/embeddings", { input: "a" })).body).toMatchObject({ model: "mini" });
    expect(await post(ranker, "/v1/embeddings", { input: "a", model: "cross" })).toMatchObject({
      status: 404,
    });
    const info = async (weir: RunningServer): Promise<unknown> => (await fetch(`${weir.url}/info`)).json();
    expect(await info(ranker)).toMatchObject({
      model_id: "mini",
      model_type: { embedding: { pooling: "mean" } },
    });
    expect(await info(classifier)).toMatchObject({
      model_id: "moods",
      model_type: { classifier: { id2label: { 0: "sad", 1: "glad" }, label2id: { sad: 0, glad: 1 } } },
    });
    expect(await (await fetch(`${ranker.url}/health`)).json()).toMatchObject({ status: "ok" });
    const metrics = await (await fetch(`${ranker.url}/metrics`)).text();
    expect(metrics).toMatch(/model="cross"/);
  });
});

describe("the described bodies", () => {
  const text = fc.constantFrom("a", "");
  const anything = fc.constantFrom(
    "",
    1,
    true,
    {},
    [],
    ["a", 1],
    [["a"], "b"],
    [[]],
    ["a", "b", "c"],
    "left",
  );
  const parsers = { rerank: parseTeiRerankRequest, predict: parseTeiPredictRequest } as const;
  const right = {
    query: text,
    texts: fc.array(text, { minLength: 1, maxLength: 2 }),
    inputs: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 2 }), fc.constant([["a"], ["a", "b"]])),
    raw_scores: fc.boolean(),
    return_text: fc.boolean(),
    truncate: fc.boolean(),
    truncation_direction: fc.constantFrom("right", "Right"),
  };

  it.each([
    [
      "rerank",
      rerankBody,
      ["query", "texts", "return_text", "raw_scores", "truncate", "truncation_direction"],
    ],
    ["predict", predictBody, ["inputs", "raw_scores", "truncate", "truncation_direction"]],
  ] as const)("are what /%s accepts", (route, schema, fields) => {
    const values = fields.map((field) => [
      field,
      fc.oneof(
        { weight: 6, arbitrary: right[field] as fc.Arbitrary<unknown> },
        { weight: 1, arbitrary: anything },
      ),
    ]);
    const body = fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: [],
    });
    let accepted = 0;
    fc.assert(
      fc.property(body, (candidate) => {
        let accepts = true;
        try {
          parsers[route](candidate);
          accepted++;
        } catch {
          accepts = false;
        }
        expect(Check(schema, candidate), JSON.stringify(candidate)).toBe(accepts);
      }),
      { numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
