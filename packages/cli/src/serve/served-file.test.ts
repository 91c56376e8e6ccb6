import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { importEmbeddingEngine } from "../engine-packages.ts";
import { createTestContext } from "../fixtures/test-context.ts";
import { createServeCommand } from "./serve-command.ts";

let model: string;
beforeAll(async () => {
  model = join(await mkdtemp(join(tmpdir(), "weir-test-")), "river");
  const { buildReferenceModel } = await importEmbeddingEngine();
  await buildReferenceModel("reference-embed-tiny", model);
  await rename(join(model, "onnx/model.onnx"), join(model, "onnx/model_O4.onnx"));
  await writeFile(join(model, "onnx/model_fp16.onnx"), "not loaded");
  const prompts = { prompts: { query: "find: ", document: "text: " }, default_prompt_name: "document" };
  await writeFile(join(model, "config_sentence_transformers.json"), JSON.stringify(prompts));
});
afterAll(() => rm(join(model, ".."), { recursive: true }));

it("weir serve takes the file that is named, and the prompts of its folder", async () => {
  const stop = new AbortController();
  let resolve: () => void = () => {};
  const ready = new Promise<void>((onReady) => (resolve = onReady));
  const { context, written } = createTestContext({
    onWrite: ({ stderr }) => void (/^ready after|"msg":"ready"/m.test(stderr) && resolve()),
    signal: stop.signal,
  });
  const args = ["--model", join(model, "onnx/model_O4.onnx"), "--threads", "1", "--port", "0"];
  const running = createServeCommand(context).parseAsync(args, { from: "user" });
  try {
    await Promise.race([ready, running]);
    const url = /^listening on (\S+)\n/.exec(written.stdout)![1]!;
    const post = async (path: string, body: object): Promise<unknown> => {
      const answer = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
      return await answer.json();
    };
    const none = { prompt_name: "" };
    const asked = await post("/embed", { inputs: "a weir", prompt_name: "query" });
    expect(asked).toEqual(await post("/embed", { inputs: "find: a weir", ...none }));
    const left = await post("/v1/embeddings", { input: "a weir", model: "river" });
    expect(left).toEqual(await post("/v1/embeddings", { input: "text: a weir", model: "river", ...none }));
    expect(left).not.toEqual(await post("/v1/embeddings", { input: "a weir", model: "river", ...none }));
    expect(await post("/embed", { texts: ["a weir"], prompt_name: "passage" })).toMatchObject({
      detail: expect.stringMatching(/no prompt .passage.*query, document/) as unknown,
    });
  } finally {
    stop.abort();
    await running;
  }
});
