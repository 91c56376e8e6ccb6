import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getLlama, LlamaLogLevel, type Llama, type LlamaModel } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyChatModel } from "../../fixtures/write-tiny-chat-model.ts";
import { toByteLetters } from "./byte-letters.ts";
import { createTokenizer } from "./create-tokenizer.ts";
import { listPieces } from "./list-pieces.ts";

let directory = "";
let llama: Llama;
let model: LlamaModel;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-tokenizer-"));
  const modelPath = join(directory, "model.gguf");
  await writeTinyChatModel(modelPath, { vocabularySize: 49_152, layers: 1 });
  llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error });
  model = await llama.loadModel({ modelPath });
}, 60_000);

afterAll(async () => {
  await llama?.dispose();
  await rm(directory, { recursive: true, force: true });
});

const prose =
  `A weir is a low wall across a river. It does not stop the water; it holds back enough of it to keep the
level steady, and lets the rest pass over the top. Millers built them to feed their wheels, boatmen to keep a channel
deep enough in summer, and the people who look after rivers to know how much water there is. That last use is the
oldest form of measurement on running water. Where the crest is sharp and level, the height of the stream above it
says how much flows in a second, and all that is needed to read it is a staff with marks.`.replaceAll(
    "\n",
    " ",
  );

const code = `export async function readLines(path: string, options: ReadOptions = {}): Promise<string[]> {
  const file = await open(path, "r");
  try {
    const lines: string[] = [];
    for await (const line of file.readLines()) {
      if (line.length === 0 && options.skipEmpty === true) continue;
      lines.push(line.trim());
    }
    return lines;
  } finally {
    await file.close();
  }
}
`;

const json = JSON.stringify(
  {
    type: "function",
    function: {
      name: "read_file",
      description: "Reads a file of the project and returns its text.",
      parameters: {
        type: "object",
        properties: { path: { type: "string", description: "Path of the file" } },
        required: ["path"],
      },
    },
  },
  undefined,
  2,
);

describe("createTokenizer", () => {
  it.each([
    ["English prose", prose, 4],
    ["code", code, 3.6],
    ["JSON", json, 3.3],
  ])("cuts %s about as finely as a trained one", (_, text, least) => {
    expect(text.length / model.tokenize(text).length).toBeGreaterThan(least);
  });

  it("gives back every text, as llama.cpp cuts it", () => {
    const random = createRandomText();
    for (let round = 0; round < 300; round++) {
      const text = random();
      expect(model.detokenize(model.tokenize(text), true)).toBe(text);
    }
    for (const text of [prose, code, json, "  a .b , c !  \r\n\t x", " .", "'s ' s"]) {
      expect(model.detokenize(model.tokenize(text), true)).toBe(text);
    }
  });

  it("makes one token of every piece that it has room for, as llama.cpp does", () => {
    const tokenizer = createTokenizer(49_152);
    const { tokens } = tokenizer;
    expect(tokens).toHaveLength(49_152);
    expect(new Set(tokens).size).toBe(49_152);
    const known = new Set(tokens);
    const whole = [...listPieces()].filter((piece) => known.has(toByteLetters(piece)));
    expect(whole.length).toBeGreaterThan(30_000);
    expect(whole.filter((piece) => tokenizer.encodePiece(piece).length !== 1)).toEqual([]);
    for (const word of whole.filter((piece) => /^ ?[a-z]+$/.test(piece)).slice(0, 3000)) {
      expect(model.tokenize(word)).toEqual(tokenizer.encodePiece(word));
    }
  });

  it("says how many entries a vocabulary has at least", () => {
    expect(() => createTokenizer(100)).toThrow("at least 267 entries, got 100");
  });
});

/** Texts of every plane of Unicode, of words, signs and spaces: seeded, so that a failure comes again. */
function createRandomText(): () => string {
  let state = 12345;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % below;
  };
  const planes = [0x80, 0x800, 0x10000, 0x110000];
  return () => {
    let text = "";
    for (let length = next(40); length >= 0; length--) {
      const kind = next(6);
      if (kind === 0) text += [" ", "  ", "\n", "\t", "\r\n", " \n "][next(6)]!;
      else if (kind === 1) text += [".", ",", "!", "'", " .", " ,", "{}", "'re"][next(8)]!;
      else if (kind === 2) text += ["the", "River", "reads", "x", "Zürich", "東京", "🌊", "12345"][next(8)]!;
      else {
        const point = next(planes[next(planes.length)]!);
        // Halves of a pair are no text; a NUL ends a text in C.
        if (point !== 0 && (point < 0xd800 || point > 0xdfff)) text += String.fromCodePoint(point);
      }
    }
    return text;
  };
}
