import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext, type TestContextOptions } from "../fixtures/test-context.ts";
import { describeCompared, judgePair, toComparedReport, type ComparedPair } from "./describe-compared.ts";
import { createModelsCommand } from "./models-command.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function compare(args: readonly string[], options: TestContextOptions = {}): Promise<string> {
  const { context, written } = createTestContext({ env: { WEIR_CACHE_DIR: directory }, ...options });
  await createModelsCommand(context).parseAsync(["compare", ...args], { from: "user" });
  return written.stdout;
}

describe("weir models compare", () => {
  it("says what another precision gains and loses", { timeout: 60_000 }, async () => {
    const report = JSON.parse(
      await compare(["reference-embed-tiny", "--precision-b", "int8", "--threads", "1", "--json"]),
    ) as Record<string, Record<string, unknown>>;
    expect(report["verdict"]).toMatchObject({ kind: "alike" });
    expect(report["a"]).toMatchObject({ name: "reference-embed-tiny", precision: "float32", dimensions: 32 });
    expect(report["b"]).toMatchObject({ name: "reference-embed-tiny in int8", precision: "int8" });
    expect(report["b"]!["weightBytes"]).toBeLessThan(report["a"]!["weightBytes"] as number);
    expect(report["a"]!["rates"]).toHaveLength(5);
    expect(report["a"]!["idleRssBytes"]).toBeGreaterThan(50e6);
    expect(report["vectors"]).toMatchObject({ texts: 288 });
    expect(report["vectors"]!["meanCosine"]).toBeGreaterThan(0.999);
    expect(report["texts"]).toEqual({ source: "built-in sentences", found: 288, count: 288 });
  });

  it(
    "compares people's own texts, and refuses a model that gives no vectors",
    { timeout: 60_000 },
    async () => {
      const texts = join(directory, "texts.txt");
      await writeFile(
        texts,
        Array.from({ length: 12 }, (_, at) => `the river ${at % 5} and mill ${at}`).join("\n"),
      );
      const same = await compare(["reference-embed-tiny", "reference-embed-tiny", "--texts", texts]);
      expect(same).toMatch(/^reference-embed-tiny gives the same vectors as reference-embed-tiny, at \d/);
      expect(same).toMatch(/the same nearest neighbour {2}100\.0 % of 12 texts/);
      expect(same).toMatch(/Texts: \S+texts\.txt\./);
      await expect(
        compare(["reference-embed-tiny", "reference-rank-tiny", "--texts", texts]),
      ).rejects.toMatchObject({
        code: "MODEL_INVALID",
        message: expect.stringMatching(
          /reference-rank-tiny: scores texts .*expected a model that embeds/,
        ) as unknown,
      });
    },
  );

  it("ends with Ctrl-C, and refuses what it cannot do", async () => {
    const signal = AbortSignal.abort();
    await expect(
      compare(["reference-embed-tiny", "--precision-b", "int8"], { signal }),
    ).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await expect(compare(["reference-embed-tiny"])).rejects.toThrow(
      /expected two models.*--precision-b int8/,
    );
    await expect(compare(["reference-embed-tiny", "http://127.0.0.1:1#m"])).rejects.toThrow(
      /weir run measures/,
    );
    await expect(compare(["reference-embed-tiny", join(directory, "none")])).rejects.toMatchObject({
      code: "MODEL_INVALID",
    });
  });
});

const shared =
  process.env["WEIR_SHARED_MODELS"] ??
  fileURLToPath(new URL("../../../../../shared/models", import.meta.url));
const real = join(shared, "all-MiniLM-L6-v2");

describe.skipIf(!existsSync(join(real, "sentences.json")))("all-MiniLM-L6-v2 (needs real weights)", () => {
  it("in int8 keeps its clear neighbours of texts that no step saw", { timeout: 600_000 }, async () => {
    const { sentences } = JSON.parse(await readFile(join(real, "sentences.json"), "utf8")) as {
      readonly sentences: readonly string[];
    };
    const texts = join(directory, "sentences.jsonl");
    await writeFile(texts, sentences.map((text) => JSON.stringify(text)).join("\n"));
    const report = JSON.parse(await compare([real, "--precision-b", "int8", "--texts", texts, "--json"])) as {
      readonly verdict: { readonly kind: string };
      readonly vectors: Readonly<Record<string, number>>;
    };
    expect(report.verdict.kind).toBe("alike");
    expect(report.vectors["meanCosine"]).toBeGreaterThanOrEqual(0.998);
    expect(report.vectors["clearAgreement"]).toBeGreaterThanOrEqual(0.97);
  });
});

const model = {
  info: {
    dimensions: 384,
    maxTokens: 256,
    vocabularySize: 30_522,
    pooling: "mean",
    device: "cpu",
    precision: "float32",
    reference: false,
    weightBytes: 90e6,
  },
  startMs: 1_000,
  idleRssBytes: 200e6,
  peakRssBytes: undefined,
  textsPerSecond: 50,
  rates: [40, 50, 60],
} as const;
const pair: ComparedPair = {
  a: model,
  b: {
    ...model,
    textsPerSecond: 95,
    rates: [90, 95, 100],
    idleRssBytes: 150e6,
    info: { ...model.info, weightBytes: 23e6 },
  },
  vectors: {
    texts: 300,
    meanCosine: 0.9989,
    leastCosine: 0.997,
    agreement: 0.94,
    clearAgreement: 0.9868,
    clearTexts: 250,
  },
  names: ["mini", "small"],
  texts: { source: "/texts", found: 5_000, count: 300 },
};

describe("the verdict on two models", () => {
  it("is first, in words", () => {
    expect(describeCompared(pair).split("\n")[0]).toBe(
      "small finds what mini finds, at 1.90 times its speed, 0.26 times its size and 0.75 times its memory: " +
        "98.6 % of the texts with a clear nearest neighbour keep it, the mean cosine is 0.9989.",
    );
    expect(describeCompared(pair)).toMatch(
      /do not mix.*\nTexts: \/texts, 300 of 5000\. Speed: medians of 3 rounds/,
    );
  });

  it("is that they are the same where vectors are, however few, and that those mix", () => {
    const same = {
      ...pair.vectors,
      texts: 12,
      agreement: 1,
      meanCosine: 1,
      leastCosine: 0.99999988,
      clearTexts: 0,
    };
    const report = describeCompared({ ...pair, b: { ...model, textsPerSecond: 55 }, vectors: same });
    expect(report.split("\n")[0]).toBe(
      "small gives the same vectors as mini, at 1.10 times its speed (the rounds overlap: it may be chance), " +
        "1.00 times its size and 1.00 times its memory: the cosine is 1 for each of 12 texts.",
    );
    expect(report).toMatch(/\nTheir vectors mix: /);
    expect(judgePair({ ...pair, vectors: { ...same, leastCosine: 0.9999 } }).kind).toBe("alike");
  });

  it("is as firm as the texts allow", () => {
    const clear = (clearTexts: number) => judgePair({ ...pair, vectors: { ...pair.vectors, clearTexts } });
    expect(clear(60).isFirm).toBe(true);
    expect(clear(59)).toMatchObject({
      isFirm: false,
      sentence: expect.stringMatching(
        /^As far as 59 clear nearest neighbours can tell, small finds/,
      ) as unknown,
    });
    const none = { ...pair.vectors, texts: 20, agreement: 1, clearTexts: 0, clearAgreement: NaN };
    const report = describeCompared({ ...pair, vectors: none });
    expect(report).toMatch(
      /^As far as 20 texts without a clear nearest neighbour can tell, small finds what/,
    );
    expect(report).toMatch(/\nTexts with a clear nearest neighbour are what tells: at least 60/);
  });

  it("is that they differ where vectors do, whatever their length", () => {
    const far = { ...pair, vectors: { ...pair.vectors, meanCosine: 0.99 } };
    expect(judgePair(far).kind).toBe("different");
    const other = { ...pair.b, info: { ...pair.b.info, dimensions: 768 } };
    const vectors = { ...pair.vectors, meanCosine: NaN, leastCosine: NaN };
    const longer = { ...pair, b: other, vectors };
    expect(judgePair(longer)).toMatchObject({
      kind: "different",
      sentence: expect.stringMatching(/^small finds other texts than mini/) as unknown,
    });
    expect(describeCompared(longer)).toContain("Vectors of other lengths have no cosine");
    expect(toComparedReport(longer)).toMatchObject({
      a: { peakRssBytes: null },
      vectors: { meanCosine: null, leastCosine: null, clearAgreement: 0.9868 },
    });
  });
});
