import { scatterVectors } from "@weir/engine";
import type { ModelInputs, TextSequence, VectorBlock } from "@weir/protocol";

/**
 * Inputs as a job's body: u32 count, then count u32 lengths, then the items one after the other. Lengths are bytes
 * of UTF-8 for texts (a lone surrogate becomes U+FFFD, as in any UTF-8 encoder) and ids for token lists (i32 each).
 * Sequences are two items each, the second of which may be missing and the first the one before.
 */
export function encodeInputs(inputs: ModelInputs): Uint8Array {
  if (inputs.kind === "sequences") return encodeSequences(inputs.sequences);
  return inputs.kind === "texts" ? encodeTexts(inputs.texts) : encodeTokens(inputs.tokens);
}

/** In the place of a length: the sequence has no second text. */
const missing = 0xffff_ffff;
/** In the place of a length: the first text is that of the sequence before. One query stands before thousands of texts. */
const repeated = 0xffff_fffe;

function encodeTexts(texts: readonly string[]): Uint8Array {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const body = allocateBody(lengths, 1);
  let offset = 4 + 4 * texts.length;
  for (const text of texts) offset += body.write(text, offset);
  return body;
}

function encodeSequences(sequences: readonly TextSequence[]): Uint8Array {
  const texts = sequences.flatMap(([first, second], index) => [
    index > 0 && sequences[index - 1]![0] === first ? repeated : first,
    second ?? missing,
  ]);
  const body = allocateBody(
    texts.map((text) => (typeof text === "string" ? Buffer.byteLength(text) : 0)),
    1,
  );
  let offset = 4 + 4 * texts.length;
  texts.forEach((text, index) => {
    if (typeof text === "string") offset += body.write(text, offset);
    else body.writeUInt32LE(text, 4 + 4 * index);
  });
  return body;
}

function encodeTokens(tokens: readonly (readonly number[])[]): Uint8Array {
  const body = allocateBody(
    tokens.map((ids) => ids.length),
    4,
  );
  let offset = 4 + 4 * tokens.length;
  for (const ids of tokens) for (const id of ids) offset = body.writeInt32LE(id, offset);
  return body;
}

function allocateBody(lengths: readonly number[], bytesEach: number): Buffer {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const body = Buffer.allocUnsafeSlow(4 + 4 * lengths.length + total * bytesEach);
  body.writeUInt32LE(lengths.length, 0);
  lengths.forEach((length, index) => body.writeUInt32LE(length, 4 + 4 * index));
  return body;
}

export function parseInputs(kind: ModelInputs["kind"], bytes: Uint8Array): ModelInputs {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = body.readUInt32LE(0);
  let offset = 4 + 4 * count;
  const readText = (index: number): string => {
    const start = offset;
    offset += body.readUInt32LE(4 + 4 * index);
    return body.toString("utf8", start, offset);
  };
  if (kind === "texts") return { kind, texts: Array.from({ length: count }, (_, index) => readText(index)) };
  if (kind === "sequences") {
    let before = "";
    const sequences = Array.from({ length: count / 2 }, (_, row): TextSequence => {
      const first = body.readUInt32LE(4 + 8 * row) === repeated ? before : readText(2 * row);
      before = first;
      return body.readUInt32LE(8 + 8 * row) === missing ? [first] : [first, readText(2 * row + 1)];
    });
    return { kind, sequences };
  }
  const tokens = Array.from({ length: count }, (_, index) =>
    Array.from({ length: body.readUInt32LE(4 + 4 * index) }, () => {
      const id = body.readInt32LE(offset);
      offset += 4;
      return id;
    }),
  );
  return { kind, tokens };
}

/** Vectors as an event's body: u32 count, count u32 row numbers of the request, then the rows as float32. */
export function encodeRows(rows: ArrayLike<number>, vectors: VectorBlock): Uint8Array {
  const head = 4 + 4 * vectors.count;
  const body = new Uint8Array(head + vectors.values.byteLength);
  const numbers = new Uint32Array(body.buffer, 0, 1 + vectors.count);
  numbers[0] = vectors.count;
  for (let index = 0; index < vectors.count; index++) numbers[1 + index] = rows[index]!;
  body.set(new Uint8Array(vectors.values.buffer, vectors.values.byteOffset, vectors.values.byteLength), head);
  return body;
}

/** Puts an event's rows where they belong in the whole answer. */
export function scatterRows(body: Uint8Array, dimensions: number, target: Float32Array): void {
  const aligned = body.byteOffset % 4 === 0 ? body : body.slice();
  const count = new Uint32Array(aligned.buffer, aligned.byteOffset, 1)[0]!;
  const rows = new Uint32Array(aligned.buffer, aligned.byteOffset + 4, count);
  const values = new Float32Array(aligned.buffer, aligned.byteOffset + 4 + 4 * count, count * dimensions);
  scatterVectors({ count, dimensions, values }, rows, target);
}
