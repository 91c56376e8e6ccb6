import { createHash } from "node:crypto";
import type { QuantizedPrecision } from "@weir/engine";
import { invalidFile } from "../folder/read-json.ts";
import type { OnnxFile } from "../graph/onnx-file.ts";

/** Raise it whenever the same source would give another file: see `docs/decisions/0012-quantisation.md`. */
export const recipeVersion = 2;

const precisionKey = "weir.precision";

/** Operators that only quantised models have. */
const quantizedOperators: ReadonlySet<string> = new Set([
  "DynamicQuantizeLinear",
  "DynamicQuantizeMatMul",
  "MatMulInteger",
  "MatMulIntegerToFloat",
  "MatMulNBits",
  "QAttention",
  "QLinearMatMul",
  "QuantizeLinear",
  "DequantizeLinear",
  "GatherBlockQuantized",
]);

/** What is written into a quantised model's metadata. */
export function makeMarks(file: OnnxFile, precision: QuantizedPrecision): Readonly<Record<string, string>> {
  return {
    [precisionKey]: precision,
    "weir.recipe": String(recipeVersion),
    "weir.source.sha256": createHash("sha256").update(file.bytes).digest("hex"),
  };
}

/** Throws MODEL_INVALID where the model is quantised already. */
export function checkNotQuantized(file: OnnxFile): void {
  const mark = file.metadata.get(precisionKey);
  const operator = file.nodes.find((node) => quantizedOperators.has(node.operator))?.operator;
  if (mark === undefined && operator === undefined) return;
  const how =
    mark === undefined ? `it has the operator ${operator}` : `weir models quantize made it, as ${mark}`;
  throw invalidFile(
    file.path,
    `is already quantised (${how}). Expected the float32 model; serve this one as it is.`,
  );
}
