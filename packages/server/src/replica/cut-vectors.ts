import type { ModelVectors } from "@weir/protocol";
import type { BatchPart } from "./embedding-queue.ts";

/** What a batch gave, job by job. The values are views, not copies. */
export function* cutVectors(
  parts: readonly BatchPart[],
  { dimensions, values, rowLengths }: ModelVectors,
): Generator<{ readonly jobId: number; readonly rows: Int32Array; readonly vectors: ModelVectors }> {
  let row = 0;
  let vector = 0;
  for (const part of parts) {
    const own = rowLengths?.subarray(row, row + part.rows.length);
    // Without lengths of rows each has one vector.
    const count = own === undefined ? part.rows.length : own.reduce((sum, length) => sum + length, 0);
    const cut = values.subarray(vector * dimensions, (vector + count) * dimensions);
    yield {
      jobId: part.jobId,
      rows: Int32Array.from(part.rows, (each) => each.row),
      vectors: { count, dimensions, values: cut, ...(own === undefined ? {} : { rowLengths: own }) },
    };
    row += part.rows.length;
    vector += count;
  }
}
