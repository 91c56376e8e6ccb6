import type { GraphEditor } from "../graph/graph-editor.ts";
import type { Product } from "../graph/find-products.ts";
import type { Grid } from "./plan-grid.ts";
import { roundColumns } from "./round-weights.ts";

/** A product's numbers, its matrix with rows as rows. */
export interface ProductValues {
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly bias: Float32Array | undefined;
}

/** The layer norm that makes an activation: its numbers, and what it norms. */
export interface Norm {
  readonly input: string;
  readonly epsilon: number;
  readonly axis: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
}

/**
 * Adds the operators that put an activation on its grid, and returns the name of the result (uint8). Where a layer norm
 * makes the activation, a second one makes it shifted and spread: that costs less than to shift and spread it afterwards,
 * and leaves the first as it is for the residual path.
 */
export function emitGrid(editor: GraphEditor, name: string, grid: Grid, norm: Norm | undefined): string {
  const source = grid.channels === undefined ? name : emitNorm(editor, name, grid.channels, norm);
  const gridded = `${name}_grid`;
  const scale = editor.addFloats(`${name}_scale`, [], Float32Array.of(grid.scale));
  const zero = editor.addBytes(`${name}_zero`, [], "uint8", Uint8Array.of(grid.zeroPoint));
  editor.addNode({ operator: "QuantizeLinear", inputs: [source, scale, zero], output: gridded });
  return gridded;
}

function emitNorm(
  editor: GraphEditor,
  name: string,
  { shift, spread }: NonNullable<Grid["channels"]>,
  norm: Norm | undefined,
): string {
  if (norm === undefined) throw new Error(`${name} is shifted and spread, which needs a layer norm`);
  const dims = [shift.length];
  const weight = norm.weight.map((value, channel) => value / spread[channel]!);
  const bias = shift.map((value, channel) => ((norm.bias?.[channel] ?? 0) - value) / spread[channel]!);
  const spreadName = `${name}_spread`;
  editor.addNode({
    operator: "LayerNormalization",
    inputs: [
      norm.input,
      editor.addFloats(`${spreadName}_weight`, dims, weight),
      editor.addFloats(`${spreadName}_bias`, dims, bias),
    ],
    output: spreadName,
    attributes: {
      axis: { kind: "int", value: norm.axis },
      epsilon: { kind: "float", value: norm.epsilon },
    },
  });
  return spreadName;
}

/**
 * Adds the operators of a product of int8 weights (a scale per column) with an activation on its grid. What the shift
 * took away and what the channels set aside contribute is added in float32.
 */
export function emitProduct(
  editor: GraphEditor,
  product: Pick<Product, "input" | "output">,
  gridded: string,
  grid: Grid,
  values: ProductValues,
): void {
  const { output } = product;
  const { rows, columns } = values;
  const { main, aside, bias } = splitMatrix(values, grid);
  const rounded = roundColumns(main, rows, columns);
  const hasSide = aside.length > 0;
  const mainOutput = hasSide ? `${output}_main` : output;
  const inputs = [
    gridded,
    editor.addBytes(`${output}_int8`, [rows, columns], "int8", rounded.values),
    `${product.input}_scale`,
    editor.addFloats(`${output}_scales`, [columns], rounded.scales),
    `${product.input}_zero`,
    "",
    ...(bias === undefined ? [] : [editor.addFloats(`${output}_bias`, [columns], bias)]),
  ];
  editor.addNode({ operator: "MatMulIntegerToFloat", domain: "com.microsoft", inputs, output: mainOutput });
  if (!hasSide) return;
  const places = editor.addWholeNumbers(`${product.input}_aside`, grid.side);
  const taken = `${output}_aside`;
  editor.addNode({
    operator: "Gather",
    inputs: [product.input, places],
    output: taken,
    attributes: { axis: { kind: "int", value: -1 } },
  });
  const matrix = editor.addFloats(`${taken}_weight`, [grid.side.length, columns], aside);
  editor.addNode({ operator: "MatMul", inputs: [taken, matrix], output: `${taken}_product` });
  editor.addNode({ operator: "Add", inputs: [mainOutput, `${taken}_product`], output });
}

/** The matrix for the grid's whole numbers, the rows set aside, and the bias with what the shift took away. */
function splitMatrix(
  { matrix, rows, columns, bias }: ProductValues,
  { channels, side }: Grid,
): { main: Float32Array; aside: Float32Array; bias: Float32Array | undefined } {
  const main = Float32Array.from(matrix);
  const aside = new Float32Array(side.length * columns);
  side.forEach((row, index) => {
    aside.set(main.subarray(row * columns, (row + 1) * columns), index * columns);
    main.fill(0, row * columns, (row + 1) * columns);
  });
  if (channels === undefined) return { main, aside, bias };
  const added = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      added[column]! += channels.shift[row]! * main[at]!;
      main[at]! *= channels.spread[row]!;
    }
  }
  return { main, aside, bias: Float32Array.from(added, (value, column) => value + (bias?.[column] ?? 0)) };
}
