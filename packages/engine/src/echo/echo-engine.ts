import { setTimeout as delay } from "node:timers/promises";
import { WeirError, type ModelVectors } from "@weir/protocol";
import type {
  EmbeddingBatch,
  EmbeddingComputer,
  EmbeddingModelInfo,
  EmbeddingModelSpec,
  EmbeddingPreparer,
  TokenPiece,
} from "../embedding-engine.ts";
import { poolTokens } from "../pool-tokens.ts";
import { prepareTokens } from "../prepare-tokens.ts";
import { resolvePrompt, type ModelPrompts } from "../resolve-prompt.ts";
import { scoreEcho } from "./score-echo.ts";
import { resolveEchoOptions, type EchoOptions } from "./echo-options.ts";
import { echoTokens, echoValue, echoVocabularySize, toEchoToken } from "./echo-tokens.ts";

/**
 * An engine for tests, exact to predict: a token is a word between spaces, its vector a hash of the word. It needs no
 * files (`path` is not read), takes the time it is told to take, and fails or dies when it is told to. This module is
 * an EmbeddingEngineModule.
 */
export async function createEmbeddingPreparer(spec: EmbeddingModelSpec): Promise<EmbeddingPreparer> {
  const options = resolveEchoOptions(spec);
  const close = (id: number, text: string): TokenPiece => ({
    id,
    text,
    special: true,
    start: null,
    stop: null,
  });
  return {
    tokenize(text, { special, promptName }) {
      resolvePrompt(noPrompts, promptName, { kind: "texts" });
      const pieces = Array.from(text.matchAll(/\S+/g), ([word]): TokenPiece => {
        return { id: toEchoToken(word, options), text: word, special: false, start: null, stop: null };
      });
      return special
        ? [close(echoTokens.open, "<open>"), ...pieces, close(echoTokens.close, "<close>")]
        : pieces;
    },
    // Words were hashed: of a token nothing but its number is left.
    decode: (ids, special) =>
      ids.filter((id) => special || (id !== echoTokens.open && id !== echoTokens.close)).join(" "),
    prepare(inputs, { truncate, promptName, from }) {
      resolvePrompt(noPrompts, promptName, inputs);
      return prepareTokens(inputs, {
        truncate,
        from,
        maxTokens: options.maxTokens,
        vocabularySize: echoVocabularySize,
        prefix: [echoTokens.open],
        suffix: [echoTokens.close],
        pair: {
          prefix: [echoTokens.open],
          middle: [echoTokens.close],
          suffix: [echoTokens.close],
          firstOfMiddle: 1,
        },
        encode: (text) =>
          text
            .split(/\s+/)
            .filter(Boolean)
            .map((word) => toEchoToken(word, options)),
      });
    },
  };
}

const noPrompts: ModelPrompts = { texts: new Map(), defaultName: undefined };

export async function createEmbeddingComputer(spec: EmbeddingModelSpec): Promise<EmbeddingComputer> {
  const options = resolveEchoOptions(spec);
  let disposed = false;
  return {
    info: describeEcho(options),
    async compute(batch) {
      if (disposed) throw new WeirError("ENGINE_FAILED", "the echo engine was disposed of");
      const blocks = options.blockWord === undefined || batch.tokenIds.includes(echoTokens.block);
      if (blocks && options.blockMs > 0) blockThread(options.blockMs);
      if (options.delayMs > 0) await delay(options.delayMs);
      return echo(batch, options);
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
    },
  };
}

function describeEcho(options: EchoOptions): EmbeddingModelInfo {
  return {
    dimensions: options.labels?.length ?? options.dimensions,
    maxTokens: options.maxTokens,
    vocabularySize: echoVocabularySize,
    pooling: "mean",
    device: "cpu",
    precision: "float32",
    reference: false,
    weightBytes: 0,
    ...(options.labels === undefined ? {} : { labels: options.labels }),
  };
}

function echo(batch: EmbeddingBatch, options: EchoOptions): ModelVectors {
  // The ids alone do nothing: requests may hold any id of the vocabulary.
  if (options.crashWord !== undefined && batch.tokenIds.includes(echoTokens.crash)) endProcess();
  if (options.failWord !== undefined && batch.tokenIds.includes(echoTokens.fail)) {
    throw new WeirError(
      "ENGINE_FAILED",
      `the batch contains the word ${options.failWord}, on which this engine fails`,
    );
  }
  if (options.labels !== undefined) return scoreEcho(batch, options.labels.length);
  const paddedLength = batch.lengths.reduce((most, length) => Math.max(most, length), 0);
  const width = options.dimensions;
  const values = new Float32Array(batch.lengths.length * paddedLength * width);
  const nanToken = options.nanWord === undefined ? undefined : echoTokens.nan;
  let next = 0;
  batch.lengths.forEach((length, row) => {
    for (let position = 0; position < length; position++) {
      const token = batch.tokenIds[next++]!;
      const offset = (row * paddedLength + position) * width;
      for (let index = 0; index < width; index++) {
        values[offset + index] = token === nanToken ? Number.NaN : echoValue(token, index);
      }
    }
  });
  return poolTokens({ values, paddedLength, width }, batch);
}

/** Nothing else runs on this thread meanwhile: what a native engine's run() does to its event loop. */
function blockThread(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** No exit handler, no last words: what a fault in native code looks like from outside. */
function endProcess(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;) blockThread(1000);
}
