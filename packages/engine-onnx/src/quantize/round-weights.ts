/** A matrix in int8 with a scale per column: row-major, a value is `values * scale`. */
export interface RoundedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** -128 is left out, so that a column and its negative round alike. */
const most = 127;

/** Each column's largest value becomes 127. `matrix` is row-major, `rows` x `columns`. */
export function roundColumns(matrix: Float32Array, rows: number, columns: number): RoundedMatrix {
  const scales = new Float32Array(columns);
  for (let at = 0; at < matrix.length; at++) {
    const column = at % columns;
    const size = Math.abs(matrix[at]!);
    if (size > scales[column]!) scales[column] = size;
  }
  // A column of zeros keeps a scale that divides.
  for (let column = 0; column < columns; column++) scales[column] = scales[column]! / most || 1;
  const values = new Int8Array(matrix.length);
  for (let at = 0; at < matrix.length; at++) values[at] = Math.round(matrix[at]! / scales[at % columns]!);
  return { rows, columns, values, scales };
}

/** As `roundColumns`, with a scale per row: for tables whose rows are looked up. */
export function roundRows(matrix: Float32Array, rows: number, columns: number): RoundedMatrix {
  const scales = new Float32Array(rows);
  const values = new Int8Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = 0;
    for (let at = start; at < start + columns; at++) largest = Math.max(largest, Math.abs(matrix[at]!));
    const scale = Math.fround(largest / most) || 1;
    scales[row] = scale;
    for (let at = start; at < start + columns; at++) values[at] = Math.round(matrix[at]! / scale);
  }
  return { rows, columns, values, scales };
}

/** Rows become columns. */
export function transpose(matrix: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const turned = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = matrix[row * columns + column]!;
    }
  }
  return turned;
}
