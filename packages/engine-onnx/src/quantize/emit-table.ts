import type { TokenTable } from "../graph/find-products.ts";
import type { GraphEditor } from "../graph/graph-editor.ts";
import { roundRows } from "./round-weights.ts";

/** Adds the table in int8 with a scale per row, once for all of its lookups. */
export function emitTable(editor: GraphEditor, { tensor }: TokenTable, values: Float32Array): void {
  const [rows, columns] = tensor.dims as [number, number];
  const rounded = roundRows(values, rows, columns);
  editor.addBytes(`${tensor.name}_int8`, [rows, columns], "int8", rounded.values);
  editor.addFloats(`${tensor.name}_scales`, [rows, 1], rounded.scales);
}

/** Adds the operators of one lookup in such a table: the row in int8 and its scale, multiplied. */
export function emitLookup(editor: GraphEditor, table: string, places: string, output: string): void {
  editor.addNode({ operator: "Gather", inputs: [`${table}_int8`, places], output: `${output}_int8` });
  editor.addNode({
    operator: "Cast",
    inputs: [`${output}_int8`],
    output: `${output}_whole`,
    attributes: { to: { kind: "int", value: 1 } },
  });
  editor.addNode({ operator: "Gather", inputs: [`${table}_scales`, places], output: `${output}_scale` });
  editor.addNode({ operator: "Mul", inputs: [`${output}_whole`, `${output}_scale`], output });
}
