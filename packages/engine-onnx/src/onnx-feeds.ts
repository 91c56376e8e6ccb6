import type { EmbeddingBatch } from "@weir/engine";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { invalidFile } from "./folder/read-json.ts";
import type { ModelFolder } from "./folder/read-model-folder.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";

type TokenRows = Pick<EmbeddingBatch, "tokenIds" | "lengths" | "firstLengths">;

/** Makes a model's inputs from rows of tokens, padded at their ends to `paddedLength`. */
export type FeedMaker = (batch: TokenRows, paddedLength: number) => Record<string, Tensor>;

/** `firstLength`: tokens of the row's first segment. */
type ValueAt = (token: number, position: number, firstLength: number) => number;

/** What a model may ask for, and its value at a place of a row that has a token there. Padding is 0 but for the ids. */
const inputValues: Readonly<Record<string, ValueAt>> = {
  input_ids: (token) => token,
  attention_mask: () => 1,
  token_type_ids: (_, position, firstLength) => (position < firstLength ? 0 : 1),
  position_ids: (_, position) => position,
};

/** Throws MODEL_INVALID where the model asks for something else than the known inputs, or in an unknown format. */
export function createFeedMaker(
  runtime: OnnxRuntime,
  session: InferenceSession,
  folder: Pick<ModelFolder, "onnxPath" | "paddingToken">,
): FeedMaker {
  const wanted = session.inputMetadata.map((input) => {
    const valueAt = Object.hasOwn(inputValues, input.name) ? inputValues[input.name] : undefined;
    const type = input.isTensor ? input.type : "something else than a tensor";
    if (valueAt === undefined || (type !== "int64" && type !== "int32")) {
      throw invalidFile(
        folder.onnxPath,
        `takes the input ${input.name} (${type}), expected only ${Object.keys(inputValues).join(", ")} as int64 or ` +
          "int32. Export the encoder alone, without past keys and values.",
      );
    }
    return {
      name: input.name,
      type,
      valueAt,
      padding: input.name === "input_ids" ? folder.paddingToken : 0,
    } as const;
  });
  return (batch, paddedLength) => {
    const dims = [batch.lengths.length, paddedLength];
    return Object.fromEntries(
      wanted.map(({ name, type, valueAt, padding }) => {
        const values = fillRows(batch, paddedLength, valueAt, padding);
        const data = type === "int64" ? widen(values) : values;
        return [name, new runtime.Tensor(type, data, dims)];
      }),
    );
  };
}

function fillRows(
  { tokenIds, lengths, firstLengths }: TokenRows,
  paddedLength: number,
  valueAt: ValueAt,
  padding: number,
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

/** Names under which exporters write the vectors of tokens. */
const tokenOutputs = ["last_hidden_state", "token_embeddings"];

/** Throws MODEL_INVALID where the model has no output of one float32 vector per token. */
export function chooseTokenOutput(session: InferenceSession, onnxPath: string): string {
  const outputs = session.outputMetadata;
  const output =
    outputs.find(({ name }) => tokenOutputs.includes(name)) ??
    outputs.find((candidate) => candidate.isTensor && candidate.shape.length === 3);
  if (output?.isTensor === true && output.type === "float32" && output.shape.length === 3) return output.name;
  const described = outputs.map((other) =>
    other.isTensor ? `${other.name} (${other.type}, ${other.shape.length} axes)` : other.name,
  );
  throw invalidFile(
    onnxPath,
    `gives ${described.join(", ")}, expected last_hidden_state in float32 with 3 axes (rows, tokens, width)`,
  );
}
