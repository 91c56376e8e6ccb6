import type { ProductValues } from "./emit-products.ts";
import { maskInput, type Attention } from "../graph/find-attention.ts";
import type { GraphEditor } from "../graph/graph-editor.ts";

/*
 * ONNX Runtime's MultiHeadAttention works through the scores block by block, as FlashAttention does (Dao et al. 2022,
 * arXiv:2205.14135), which takes half the time of the single operators and no memory for the scores; but only where it is
 * given no mask. So padding is told by the vectors: queries and keys have one more channel in each head, whose product
 * adds the same to every score of a query, which a softmax does not see. Keys of padding are multiplied with -1, and end
 * up twice that below.
 */

/** What the further channel adds to each score. Scores are some tens at most; at 128 floats are 0.00002 apart. */
const lift = 128;

/** The name of queries or keys with the further channel. */
export function nameLifted(output: string): string {
  return `${output}_lifted`;
}

/** The products' numbers with one more column after those of each head, which comes out as `constant` for every token. */
export function addChannel(values: ProductValues, heads: number, constant: number): ProductValues {
  const { matrix, rows, columns, bias } = values;
  const width = columns / heads;
  const widened = new Float32Array(rows * (columns + heads));
  const widenedBias = new Float32Array(columns + heads);
  for (let head = 0; head < heads; head++) {
    const from = head * width;
    const to = head * (width + 1);
    for (let row = 0; row < rows; row++) {
      const start = row * columns + from;
      widened.set(matrix.subarray(start, start + width), row * (columns + heads) + to);
    }
    if (bias !== undefined) widenedBias.set(bias.subarray(from, from + width), to);
    widenedBias[to + width] = constant;
  }
  return { matrix: widened, rows, columns: columns + heads, bias: widenedBias };
}

/** What the further channel is for a side of an attention, so that their scaled product is `lift`. */
export function liftOf(side: "query" | "key", scale: number): number {
  return side === "query" ? 1 : lift / scale;
}

/** Adds the operators of an attention whose queries and keys have the further channel. */
export function emitAttention(
  editor: GraphEditor,
  { key, query, value, heads, scale, last }: Attention,
): void {
  const output = last.outputs[0]!;
  const signs = emitSigns(editor);
  const signed = `${nameLifted(key.output)}_signed`;
  editor.addNode({ operator: "Mul", inputs: [nameLifted(key.output), signs], output: signed });
  editor.addNode({
    operator: "MultiHeadAttention",
    domain: "com.microsoft",
    inputs: [nameLifted(query.output), signed, value.output],
    output,
    attributes: { num_heads: { kind: "int", value: heads }, scale: { kind: "float", value: scale } },
  });
}

/** 1 where a token is, -1 where padding is: `[batch, sequence, 1]`. */
function emitSigns(editor: GraphEditor): string {
  const name = `${maskInput}_signs`;
  return editor.addOnce(name, () => {
    editor.addNode({
      operator: "Cast",
      inputs: [maskInput],
      output: `${name}_float`,
      attributes: { to: { kind: "int", value: 1 } },
    });
    // 0 keeps an axis as it is.
    const shape = editor.addWholeNumbers(`${name}_shape`, [0, 0, 1]);
    editor.addNode({ operator: "Reshape", inputs: [`${name}_float`, shape], output: `${name}_row` });
    const two = editor.addFloats(`${name}_two`, [], Float32Array.of(2));
    const one = editor.addFloats(`${name}_one`, [], Float32Array.of(1));
    editor.addNode({ operator: "Mul", inputs: [`${name}_row`, two], output: `${name}_doubled` });
    editor.addNode({ operator: "Sub", inputs: [`${name}_doubled`, one], output: name });
  });
}
