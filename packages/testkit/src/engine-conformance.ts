import { createInProcessEmbedder, cutBatches, scatterVectors } from "@weir/engine";
import type {
  EmbeddingComputer,
  EmbeddingEngineModule,
  EmbeddingModelSpec,
  EmbeddingPreparer,
} from "@weir/engine";
import { poolings, type EmbeddingInputs, type Pooling } from "@weir/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

export interface EngineUnderTest {
  readonly engine: EmbeddingEngineModule;
  readonly spec: EmbeddingModelSpec;
  /** The same engine's spec and a text on which it computes a value that is not a number. */
  readonly broken?: { readonly spec: EmbeddingModelSpec; readonly text: string };
}

export interface ConformanceOptions {
  /** Checks that this engine cannot take, by name, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const texts = [
  "a weir holds the flow of a river and measures it",
  "",
  "measure",
  "the same words in another order and another order in the same words",
  "lone \ud800 surrogate, \u0000 control and \u{1f30a} pair",
  "Größe, река, 河, नदी",
];

/** Float rounding differs with the shape of a batch; a wrong row or padding that leaks is far above this. */
const tolerance = 2e-5;

/** What every embedding engine has to do, whatever it computes with. */
export function describeEmbeddingEngine(
  name: string,
  create: () => Promise<EngineUnderTest>,
  { skip = {} }: ConformanceOptions = {},
): void {
  describe(`embedding engine ${name}`, () => {
    let subject: EngineUnderTest;
    let preparer: EmbeddingPreparer;
    let computer: EmbeddingComputer;

    beforeAll(async () => {
      subject = await create();
      preparer = await subject.engine.createEmbeddingPreparer(subject.spec);
      computer = await subject.engine.createEmbeddingComputer(subject.spec);
    });

    afterAll(async () => {
      await computer?.[Symbol.asyncDispose]();
    });

    const check = (title: string, body: () => Promise<void>): void => {
      const reason = skip[title];
      const register = reason === undefined ? it : it.skip;
      register(reason === undefined ? title : `${title} (skipped: ${reason})`, body);
    };

    interface How {
      readonly pooling?: Pooling;
      readonly normalize?: boolean;
      readonly dimensions?: number;
      readonly maxPaddedTokens?: number;
    }

    const embedInputs = async (inputs: EmbeddingInputs, how: How = {}): Promise<Float32Array[]> => {
      const { dimensions = computer.info.dimensions, maxPaddedTokens = 100_000 } = how;
      const prepared = preparer.prepare(inputs, { truncate: true });
      const values = new Float32Array(prepared.lengths.length * dimensions);
      for (const batch of cutBatches(prepared, { maxPaddedTokens })) {
        const vectors = await computer.compute({
          ...batch,
          pooling: how.pooling ?? "mean",
          normalize: how.normalize ?? false,
          dimensions,
        });
        expect(vectors).toMatchObject({ count: batch.rows.length, dimensions });
        expect(vectors.values).toHaveLength(batch.rows.length * dimensions);
        scatterVectors(vectors, batch.rows, values);
      }
      return Array.from(prepared.lengths, (_, row) =>
        values.subarray(row * dimensions, (row + 1) * dimensions),
      );
    };
    const embed = (texts: readonly string[], how?: How) => embedInputs({ kind: "texts", texts }, how);
    const prepareOne = (text: string) => [
      ...preparer.prepare({ kind: "texts", texts: [text] }, { truncate: true }).tokenIds,
    ];
    const longText = () => "river ".repeat(computer.info.maxTokens + 5);

    check("says what the model is", async () => {
      const { info } = computer;
      expect(info.dimensions).toBeGreaterThan(0);
      expect(info.maxTokens).toBeGreaterThan(0);
      expect(info.vocabularySize).toBeGreaterThan(0);
      expect(poolings).toContain(info.pooling);
      expect(info.device).toMatch(/\S/);
      expect(info.precision).toMatch(/\S/);
      expect(JSON.parse(JSON.stringify(info))).toEqual(info);
    });

    check("gives a text the same vector in any batch and any order", async () => {
      const alone: Float32Array[] = [];
      for (const text of texts) alone.push(...(await embed([text])));
      const long = longText();
      const companies: readonly (readonly string[])[] = [texts, texts.toReversed(), [long, ...texts, long]];
      for (const company of companies) {
        for (const maxPaddedTokens of [1, 40, 100_000]) {
          const together = await embed(company, { maxPaddedTokens });
          texts.forEach((text, index) => {
            expectClose(together[company.indexOf(text)]!, alone[index]!);
          });
        }
      }
    });

    check("gives different texts different vectors", async () => {
      const [first, , second] = await embed(texts, { normalize: true });
      expect(dot(first!, second!)).toBeLessThan(0.9999);
    });

    check("gives the same vector twice, to the bit", async () => {
      expect(await embed(texts)).toEqual(await embed(texts));
    });

    check("computes no rows", async () => {
      const nothing = { tokenIds: new Int32Array(0), lengths: new Int32Array(0) };
      const vectors = await computer.compute({ ...nothing, pooling: "mean", normalize: true, dimensions: 1 });
      expect(vectors).toEqual({ count: 0, dimensions: 1, values: new Float32Array(0) });
    });

    check("pools a single token the same in every way", async () => {
      const tokens = [[prepareOne("river")[0]!]];
      const [mean] = await embedInputs({ kind: "tokens", tokens });
      for (const pooling of poolings) {
        const [pooled] = await embedInputs({ kind: "tokens", tokens }, { pooling });
        expectClose(pooled!, mean!);
      }
    });

    check("pools by the largest, the mean, the first and the last token", async () => {
      const text = [texts[0]!, "x"];
      const pooled = new Map<Pooling, Float32Array>();
      for (const pooling of poolings) pooled.set(pooling, (await embed(text, { pooling }))[0]!);
      const most = pooled.get("max")!;
      for (const pooling of ["mean", "cls", "last"] as const) {
        const other = pooled.get(pooling)!;
        expect(other.every((value, index) => value <= most[index]! + tolerance)).toBe(true);
        expect(largestDifference(other, most)).toBeGreaterThan(100 * tolerance);
      }
      expect(largestDifference(pooled.get("cls")!, pooled.get("last")!)).toBeGreaterThan(100 * tolerance);
    });

    check("scales to length 1 where asked, and only there", async () => {
      const plain = await embed(texts);
      const scaled = await embed(texts, { normalize: true });
      scaled.forEach((vector, row) => {
        expect(dot(vector, vector)).toBeCloseTo(1, 5);
        const length = Math.sqrt(dot(plain[row]!, plain[row]!));
        expectClose(
          vector,
          plain[row]!.map((value) => value / length),
        );
      });
    });

    check("keeps the leading dimensions and scales after", async () => {
      const dimensions = Math.max(1, Math.floor(computer.info.dimensions / 2));
      const [whole] = await embed([texts[0]!]);
      const [cut] = await embed([texts[0]!], { dimensions });
      expectClose(cut!, whole!.subarray(0, dimensions));
      const [scaled] = await embed([texts[0]!], { dimensions, normalize: true });
      expect(dot(scaled!, scaled!)).toBeCloseTo(1, 5);
      expect(dot(scaled!, cut!) / Math.sqrt(dot(cut!, cut!))).toBeCloseTo(1, 5);
    });

    check("cuts long texts, counts them, keeps the first tokens and the closing ones", async () => {
      const { maxTokens } = computer.info;
      const prepared = preparer.prepare(
        { kind: "texts", texts: [longText(), "river", longText()] },
        { truncate: true },
      );
      expect(prepared.truncated).toBe(2);
      const short = prepareOne("river");
      expect([...prepared.lengths]).toEqual([maxTokens, short.length, maxTokens]);
      const cut = [...prepared.tokenIds.subarray(0, maxTokens)];
      expect(cut[0]).toBe(short[0]);
      expect(cut.at(-1)).toBe(short.at(-1));
      expect([...prepared.tokenIds.subarray(-maxTokens)]).toEqual(cut);
      await embed([longText()]);
    });

    check("refuses a long text where it may not cut, naming it", async () => {
      const prepare = (texts: readonly string[]) => () =>
        preparer.prepare({ kind: "texts", texts }, { truncate: false });
      expect(prepare(["river"])).not.toThrow();
      expect(prepare(["river", longText()])).toThrow(
        expect.objectContaining({ code: "INPUT_TOO_LONG", field: "input[1]" }),
      );
    });

    check("takes a text's own tokens for the text", async () => {
      const tokens = texts.map((text) => prepareOne(text));
      const fromTokens = await embedInputs({ kind: "tokens", tokens });
      const fromTexts = await embed(texts);
      fromTokens.forEach((vector, row) => expectClose(vector, fromTexts[row]!));
    });

    check("refuses tokens outside the vocabulary, and lists of none", async () => {
      const prepare = (row: readonly number[]) => () =>
        preparer.prepare({ kind: "tokens", tokens: [[1], row] }, { truncate: true });
      for (const wrong of [-1, computer.info.vocabularySize, 0.5, Number.NaN]) {
        expect(prepare([wrong])).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
      }
      expect(prepare([])).toThrow(expect.objectContaining({ code: "EMPTY_INPUT" }));
      await embedInputs({ kind: "tokens", tokens: [[0], [computer.info.vocabularySize - 1]] });
    });

    check("refuses to give a value that is not a number", async () => {
      const broken = subject.broken!;
      await using embedder = await createInProcessEmbedder(subject.engine, broken.spec);
      // The other two look at one token each, which need not be the broken one.
      for (const pooling of ["mean", "max"] as const) {
        const request = { inputs: { kind: "texts", texts: ["river", broken.text] }, pooling } as const;
        await expect(embedder.embed(request)).rejects.toMatchObject({ code: "ENGINE_FAILED" });
      }
      await embedder.embed({ inputs: { kind: "texts", texts: ["river"] } });
    });

    check("names a folder that is not there", async () => {
      const spec = { ...subject.spec, path: `${subject.spec.path}-that-is-not-there` };
      const wanted = { code: "MODEL_INVALID", message: expect.stringContaining(spec.path) as unknown };
      await expect(subject.engine.createEmbeddingPreparer(spec)).rejects.toMatchObject(wanted);
      await expect(subject.engine.createEmbeddingComputer(spec)).rejects.toMatchObject(wanted);
    });

    check("computes no more once disposed of, twice without harm", async () => {
      const other = await subject.engine.createEmbeddingComputer(subject.spec);
      await other[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      const batch = { tokenIds: Int32Array.of(1), lengths: Int32Array.of(1) };
      const answer = other.compute({ ...batch, pooling: "mean", normalize: true, dimensions: 1 });
      await expect(answer).rejects.toMatchObject({ code: "ENGINE_FAILED" });
    });
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

function expectClose(got: Float32Array, wanted: Float32Array): void {
  expect(largestDifference(got, wanted)).toBeLessThan(tolerance);
}
