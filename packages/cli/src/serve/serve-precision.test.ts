import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importEmbeddingEngine } from "../engine-packages.ts";
import { createTestContext } from "../fixtures/test-context.ts";
import { createServeCommand } from "./serve-command.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "weir-test-"));
  const { buildReferenceModel } = await importEmbeddingEngine();
  await buildReferenceModel("reference-embed-tiny", join(root, "river"));
});
afterAll(() => rm(root, { recursive: true }));

interface Served {
  readonly info: {
    readonly model_dtype: string;
    readonly precision_choice: Readonly<Record<string, unknown>>;
  };
  /** Of the same text each time. */
  readonly vector: readonly number[];
  readonly cache: string | null;
  readonly told: string;
}

/** Serves the model, asks for one vector, and ends it. */
async function serve(...more: string[]): Promise<Served> {
  const stop = new AbortController();
  let resolve: () => void = () => {};
  const ready = new Promise<void>((onReady) => (resolve = onReady));
  const { context, written } = createTestContext({
    env: { WEIR_CACHE_DIR: join(root, "cache") },
    onWrite: ({ stderr }) => void (/^ready after|"msg":"ready"/m.test(stderr) && resolve()),
    signal: stop.signal,
  });
  const args = ["--model", join(root, "river"), "--threads", "1", "--port", "0", "--cache-disk", "50MB"];
  const running = createServeCommand(context).parseAsync([...args, ...more], { from: "user" });
  try {
    await Promise.race([ready, running]);
    const url = /^listening on (\S+)\n/.exec(written.stdout)![1]!;
    const info = (await (await fetch(`${url}/info`)).json()) as Served["info"];
    const body = JSON.stringify({ input: "a weir holds the river" });
    const answer = await fetch(`${url}/v1/embeddings`, { method: "POST", body });
    const { data } = (await answer.json()) as { data: readonly [{ readonly embedding: readonly number[] }] };
    return {
      info,
      vector: data[0].embedding,
      cache: answer.headers.get("x-cache"),
      told: written.stderr,
    };
  } finally {
    stop.abort();
    await running;
  }
}

describe("weir serve --precision", () => {
  it("makes int8 weights once, says what runs, and never mixes vectors", { timeout: 60_000 }, async () => {
    const plain = await serve();
    expect(plain.info).toMatchObject({
      model_dtype: "float32",
      precision_choice: { asked: "fp32", runs: "as-is", chosen_by: "given" },
    });
    expect(plain.told).not.toMatch(/precision:/);

    const first = await serve("--precision", "int8");
    expect(first.info).toMatchObject({
      model_dtype: "int8",
      precision_choice: { asked: "int8", runs: "int8", chosen_by: "given", measured: [] },
    });
    expect(first.told).toMatch(/made int8 weights in \d+\.\d s: \S+river-int8-/);
    expect(first.told).toMatch(/precision: int8 \(as asked\)/);
    // The file of vectors is the same for all of them.
    expect(first.cache).toBe("miss");
    expect(first.vector).not.toEqual(plain.vector);

    const again = await serve("--precision", "river=int8");
    expect(again.told).not.toMatch(/made int8/);
    expect(again).toMatchObject({ cache: "hit", vector: first.vector });
    expect(await serve()).toMatchObject({ cache: "hit", vector: plain.vector });
    const kept = await readdir(join(root, "cache/quantized"));
    expect(kept.filter((name) => name.startsWith("river-int8-"))).toHaveLength(1);
  });

  it("measures once with auto, and says what it found", { timeout: 120_000 }, async () => {
    const first = await serve("--precision", "auto", "--min-agreement", "90%");
    const { precision_choice } = first.info;
    expect(precision_choice).toMatchObject({ asked: "auto", chosen_by: "measured" });
    const measured = precision_choice["measured"] as readonly Record<string, number>[];
    expect(measured.slice(0, 2)).toEqual([
      expect.objectContaining({ precision: "fp32", speed_ratio: 1 }) as unknown,
      expect.objectContaining({ precision: "int8", texts: 288 }) as unknown,
    ]);
    expect(measured[1]!["mean_cosine"]).toBeGreaterThan(0.999);
    expect(first.told).toMatch(/measured now: int8 is \d+\.\d\d times as fast as fp32/);
    const again = await serve("--precision", "auto", "--min-agreement", "0.9");
    expect(again.info.precision_choice).toEqual({ ...precision_choice, chosen_by: "remembered" });
    expect(again.told).not.toMatch(/measuring int8/);
  });

  it("refuses what it does not know", async () => {
    await expect(serve("--precision", "int4")).rejects.toThrow(/--precision: expected fp32, auto, int8/);
    await expect(serve("--precision", "sea=int8")).rejects.toThrow(
      /--precision: expected the name of a model \(river\), got sea/,
    );
    await expect(serve("--min-agreement", "2")).rejects.toThrow(/--min-agreement: expected a share from 0/);
  });
});
