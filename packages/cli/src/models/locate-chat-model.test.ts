import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkChatModel, isChatSource } from "./locate-chat-model.ts";
import { parseModelArgument } from "./model-argument.ts";

it("knows a chat model by its name, which is the file's without its ending", () => {
  expect(["a/b.gguf", "B.GGUF", "reference-chat-15m"].every(isChatSource)).toBe(true);
  expect(["a/b", "model.onnx", "reference-embed-minilm"].some(isChatSource)).toBe(false);
  expect(parseModelArgument("/models/qwen-0.5b.gguf").name).toBe("qwen-0.5b");
  expect(parseModelArgument("agent=/models/qwen-0.5b.gguf").name).toBe("agent");
});

it("refuses what is no chat model before anything is loaded, and names it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "weir-test-"));
  try {
    const path = join(directory, "model.gguf");
    await expect(checkChatModel(path)).rejects.toMatchObject({ code: "MODEL_INVALID" });
    await writeFile(path, "not a model");
    await expect(checkChatModel(path)).rejects.toThrow(path);
    await expect(checkChatModel("reference-chat-1t")).rejects.toThrow("reference-chat-15m");
    await checkChatModel("reference-chat-15m");
  } finally {
    await rm(directory, { recursive: true });
  }
});
