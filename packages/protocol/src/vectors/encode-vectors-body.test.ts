import { describe, expect, it } from "vitest";
import { encodeVectorsBody, type BodyFrame } from "./encode-vectors-body.ts";

const frame: BodyFrame = {
  open: `{"name":"Wehr am Fluß","rows":[`,
  openRow: (index) => `{"index":${index},"row":`,
  closeRow: "}",
  close: "]}",
};

/** Values of every size class, so that rows differ in length. */
function createVectors(count: number, dimensions: number): Float32Array {
  return Float32Array.from(
    { length: count * dimensions },
    (_, index) => (-1) ** index * 10 ** ((index % 30) - 20),
  );
}

describe("encodeVectorsBody", () => {
  it.each([
    [1, 1],
    [3, 2],
    [11, 5],
    [101, 384],
  ])("writes what JSON.stringify would mean, %d x %d", (count, dimensions) => {
    const values = createVectors(count, dimensions);
    const rows = Array.from({ length: count }, (_, row) =>
      values.subarray(row * dimensions, (row + 1) * dimensions),
    );
    for (const encoding of ["float", "base64"] as const) {
      const body = encodeVectorsBody(frame, { count, dimensions, values }, encoding);
      const read = JSON.parse(Buffer.from(body).toString()) as {
        name: string;
        rows: { index: number; row: unknown }[];
      };
      expect(read.name).toBe("Wehr am Fluß");
      expect(read.rows.map(({ index }) => index)).toEqual(rows.map((_, index) => index));
      const got = read.rows.map(({ row }) =>
        typeof row === "string" ? decode(row) : Float32Array.from(row as number[]),
      );
      expect(got).toEqual(rows);
    }
  });

  it("writes no rows for no vectors", () => {
    const body = encodeVectorsBody(frame, { count: 0, dimensions: 4, values: new Float32Array(0) }, "float");
    expect(Buffer.from(body).toString()).toBe(`${frame.open}${frame.close}`);
  });

  it("refuses a block whose values do not fill it", () => {
    const vectors = { count: 2, dimensions: 2, values: new Float32Array(3) };
    expect(() => encodeVectorsBody(frame, vectors, "float")).toThrow(/2 x 2 vectors came with 3 values/);
  });
});

function decode(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
