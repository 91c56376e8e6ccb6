import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyChatModel } from "../fixtures/write-tiny-chat-model.ts";
import { chatmlTemplate } from "../reference/chat-template.ts";
import { checkChatModel } from "./check-chat-model.ts";
import { encodeGgufHead } from "./encode-gguf-head.ts";
import { readGgufHead } from "./read-gguf-head.ts";

let directory = "";
let model = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-gguf-"));
  model = join(directory, "tiny.gguf");
  await writeTinyChatModel(model);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function writeBytes(bytes: Uint8Array): Promise<string> {
  const path = join(directory, "written.gguf");
  await writeFile(path, bytes);
  return path;
}

describe("checkChatModel", () => {
  it("tells what a chat model is from its head", async () => {
    expect(await checkChatModel(model)).toEqual({
      architecture: "llama",
      name: "tiny-chat",
      template: chatmlTemplate,
      contextTokens: 2048,
      vocabularySize: 2048,
      precision: "Q8_0",
      // Embeddings, two layers of attention (q, k, v, o), gate, up, down and two norms, the last norm.
      parameters: 2048 * 64 + 2 * (64 * (64 + 32 + 32 + 64) + 3 * 64 * 128 + 2 * 64) + 64,
      bytes: (await readFile(model)).length,
      reference: true,
    });
  });

  it("says what is wrong with a file that is none", async () => {
    await expect(checkChatModel(join(directory, "none.gguf"))).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining("got nothing there"),
    });
    await expect(checkChatModel(directory)).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining("got a folder"),
    });
    await expect(
      checkChatModel(await writeBytes(Buffer.from("PK\u0003\u0004 and more"))),
    ).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining('one that begins with "PK'),
    });
    const bigEndian = Buffer.from("GGUF\0\0\0\u0003", "latin1");
    await expect(checkChatModel(await writeBytes(bigEndian))).rejects.toThrow("for big-endian machines");
    const old = Buffer.from("GGUF\u0001\0\0\0", "latin1");
    await expect(checkChatModel(await writeBytes(old))).rejects.toThrow("got version 1");
  });

  it("says which part of a model a GGUF file lacks", async () => {
    await expect(checkChatModel(await writeBytes(encodeGgufHead({}, []).head))).rejects.toThrow(
      "names no architecture",
    );
    const { head } = encodeGgufHead({ "general.architecture": { type: "string", value: "clip" } }, []);
    await expect(checkChatModel(await writeBytes(head))).rejects.toThrow("of kind clip without a tokenizer");
  });

  it("finds a model that was cut short anywhere", async () => {
    const whole = await readFile(model);
    const { leastBytes } = await readGgufHead(model);
    expect(leastBytes).toBeLessThanOrEqual(whole.length);
    for (const length of [0, 3, 5, 20, 50, 1000, 30_000, whole.length >> 1, leastBytes! - 1]) {
      const path = await writeBytes(whole);
      await truncate(path, length);
      const check = checkChatModel(path);
      await expect(check, `${length} bytes`).rejects.toMatchObject({ code: "MODEL_INVALID" });
    }
  });
});

describe("readGgufHead", () => {
  it("reads what was written, of every type", async () => {
    const path = await writeBytes(
      encodeGgufHead(
        {
          whole: { type: "uint32", value: 4_000_000_000 },
          negative: { type: "int32", value: -5 },
          half: { type: "float32", value: 0.5 },
          yes: { type: "bool", value: true },
          text: { type: "string", value: "déjà vu" },
          texts: { type: "strings", value: ["a", "bc"] },
          numbers: { type: "int32s", value: [1, 2, 3] },
        },
        [{ name: "a", type: "f32", dims: [3] }],
      ).head,
    );
    expect(await readGgufHead(path)).toMatchObject({
      metadata: { whole: 4_000_000_000, negative: -5, half: 0.5, yes: true, text: "déjà vu" },
      lengths: { texts: 2, numbers: 3 },
      parameters: 3,
    });
  });
});
