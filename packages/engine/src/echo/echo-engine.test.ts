import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { describeEmbeddingEngine } from "@weir/testkit";
import { createInProcessEmbedder } from "../in-process-embedder.ts";
import * as echo from "./echo-engine.ts";

const spec = {
  path: "",
  options: { dimensions: 16, failWord: "!fail", nanWord: "!nan", crashWord: "!crash" },
};
const request = (...texts: string[]) => ({ inputs: { kind: "texts", texts } }) as const;

describeEmbeddingEngine("echo", async () => ({ engine: echo, spec, broken: { spec, text: "a !nan b" } }), {
  skip: { "names a folder that is not there": "the echo engine reads no files" },
});

describe("the echo engine", () => {
  it("counts words and two special tokens", async () => {
    const preparer = await echo.createEmbeddingPreparer(spec);
    const { lengths } = preparer.prepare(request("one two  three", " ").inputs, { truncate: true });
    expect([...lengths]).toEqual([5, 2]);
  });

  it("fails on its word, and goes on after", async () => {
    await using embedder = await createInProcessEmbedder(echo, spec);
    await expect(embedder.embed(request("please !fail now"))).rejects.toMatchObject({
      code: "ENGINE_FAILED",
    });
    expect((await embedder.embed(request("please"))).vectors.count).toBe(1);
  });

  it("holds the thread for as long as it is told to", async () => {
    await using embedder = await createInProcessEmbedder(echo, { path: "", options: { blockMs: 30 } });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const start = performance.now();
    await embedder.embed(request("a"));
    clearInterval(timer);
    expect(performance.now() - start).toBeGreaterThanOrEqual(29);
    expect(turns).toBeLessThan(10);
  });

  it("waits without holding the thread", async () => {
    await using embedder = await createInProcessEmbedder(echo, { path: "", options: { delayMs: 30 } });
    let turned = false;
    setImmediate(() => (turned = true));
    await embedder.embed(request("a"));
    expect(turned).toBe(true);
  });

  it("kills its process on its word, without a last word", async () => {
    const module = new URL("echo-engine.ts", import.meta.url).href;
    const program = `
      import { createEmbeddingComputer } from ${JSON.stringify(module)};
      const spec = { path: "", options: { crashWord: "!crash" } };
      const computer = await createEmbeddingComputer(spec);
      process.on("exit", () => console.log("exit handler"));
      const batch = { tokenIds: Int32Array.of(1, 5, 2), lengths: Int32Array.of(3) };
      await computer.compute({ ...batch, pooling: "mean", normalize: true, dimensions: 8 });
      console.log("survived");`;
    const args = [
      "--conditions=@weir/source",
      "--import",
      "@weir/testkit/source",
      "--input-type=module",
      "--eval",
      program,
    ];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    expect({ code: code === 0 ? 0 : "not 0", signal, output }).toEqual({
      code: "not 0",
      signal: process.platform === "win32" ? null : "SIGKILL",
      output: "",
    });
  });

  it("names every option that is wrong", async () => {
    const wrong = { path: "", options: { dimensions: 0, blockMs: "1", failWord: "two words" } };
    await expect(echo.createEmbeddingComputer(wrong)).rejects.toThrow(/dimensions.*blockMs.*failWord/);
  });
});
