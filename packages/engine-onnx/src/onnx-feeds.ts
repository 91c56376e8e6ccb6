import type { EmbeddingBatch } from "@weir/engine";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { invalidFile } from "./folder/read-json.ts";
import type { ModelFolder } from "./folder/read-model-folder.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";

type TokenRows = Pick<EmbeddingBatch, "tokenIds" | "lengths" | "firstLengths">;

/** Makes a model's inputs from rows of tokens, padded at their ends to `paddedLength`. */
export type FeedMaker = (batch: TokenRows, paddedLength: number) => Record<string, Tensor>;

/** What a model may ask for about each place of a row: its value for a token there, and for padding. */
interface TokenInput {
  /** `firstLength`: tokens of the row's first segment. */
  readonly valueAt: (token: number, position: number, firstLength: number) => number;
  readonly padding: number;
}

type FeedFolder = Pick<ModelFolder, "onnxPath" | "paddingToken" | "firstPosition">;

function describeInputs({ paddingToken, firstPosition }: FeedFolder): Readonly<Record<string, TokenInput>> {
  return {
    input_ids: { valueAt: (token) => token, padding: paddingToken },
    attention_mask: { valueAt: () => 1, padding: 0 },
    token_type_ids: { valueAt: (_, position, firstLength) => (position < firstLength ? 0 : 1), padding: 0 },
    position_ids: {
      valueAt: (_, position) => firstPosition + position,
      // Such families keep the place before the first position for it.
      padding: Math.max(0, firstPosition - 1),
    },
  };
}

/** Makes one input of a batch. */
type FeedOne = (batch: TokenRows, paddedLength: number) => Tensor;

type InputMetadata = InferenceSession["inputMetadata"][number];

/** Throws MODEL_INVALID where the model asks for something else than the known inputs, or in an unknown format. */
export function createFeedMaker(
  runtime: OnnxRuntime,
  session: Pick<InferenceSession, "inputMetadata">,
  folder: FeedFolder,
): FeedMaker {
  const known = describeInputs(folder);
  const wanted = session.inputMetadata.map((input) => {
    const feed = feedTokens(runtime, input, known) ?? feedNoPast(runtime, input);
    if (feed !== undefined) return [input.name, feed] as const;
    const type = input.isTensor ? input.type : "something else than a tensor";
    throw invalidFile(
      folder.onnxPath,
      `takes the input ${input.name} (${type}), expected only ${Object.keys(known).join(", ")} as int64 or int32, and ` +
        "past_key_values, which are left empty. Export the encoder alone.",
    );
  });
  return (batch, paddedLength) =>
    Object.fromEntries(wanted.map(([name, feed]) => [name, feed(batch, paddedLength)]));
}

function feedTokens(
  runtime: OnnxRuntime,
  input: InputMetadata,
  known: Readonly<Record<string, TokenInput>>,
): FeedOne | undefined {
  const described = Object.hasOwn(known, input.name) ? known[input.name] : undefined;
  if (described === undefined || !input.isTensor) return undefined;
  const { type } = input;
  if (type !== "int64" && type !== "int32") return undefined;
  return (batch, paddedLength) => {
    const values = fillRows(batch, paddedLength, described);
    const data = type === "int64" ? widen(values) : values;
    return new runtime.Tensor(type, data, [batch.lengths.length, paddedLength]);
  };
}

/** Language models are often exported with a place for what they read before: here that is nothing, of length 0. */
function feedNoPast(runtime: OnnxRuntime, input: InputMetadata): FeedOne | undefined {
  if (!input.isTensor || !input.name.startsWith("past_key_values.") || input.shape.length !== 4) {
    return undefined;
  }
  const [, heads, , width] = input.shape;
  const { type } = input;
  if (typeof heads !== "number" || typeof width !== "number") return undefined;
  if (type !== "float32" && type !== "float16") return undefined;
  return ({ lengths }) => {
    const dims = [lengths.length, heads, 0, width];
    return type === "float32"
      ? new runtime.Tensor(type, new Float32Array(0), dims)
      : new runtime.Tensor(type, new Uint16Array(0), dims);
  };
}

function fillRows(
  { tokenIds, lengths, firstLengths }: TokenRows,
  paddedLength: number,
  { valueAt, padding }: TokenInput,
): Int32Array {
  const values = new Int32Array(lengths.length * paddedLength);
  if (padding !== 0) values.fill(padding);
  let next = 0;
  for (let row = 0; row < lengths.length; row++) {
    const start = row * paddedLength;
    const length = lengths[row]!;
    const firstLength = firstLengths?.[row] ?? length;
    for (let position = 0; position < length; position++) {
      values[start + position] = valueAt(tokenIds[next++]!, position, firstLength);
    }
  }
  return values;
}

/** 32-bit to 64-bit whole numbers >= 0 by writing the low halves: no BigInt per element. Needs a little-endian machine. */
function widen(values: Int32Array): BigInt64Array {
  const wide = new BigInt64Array(values.length);
  const halves = new Int32Array(wide.buffer);
  for (let index = 0; index < values.length; index++) halves[2 * index] = values[index]!;
  return wide;
}
