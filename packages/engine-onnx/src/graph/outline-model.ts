import { open } from "node:fs/promises";
import { basename } from "node:path";
import { encodeMessage, encodeNumber, encodeText, joinBytes } from "../reference/onnx/protobuf.ts";
import { FieldReader, type FileField } from "./field-reader.ts";

/** Numbers of smaller tensors are taken along: shapes, axes and single values, which a graph's optimizer looks at. */
const leastOutsideBytes = 4096;

/** Fields of TensorProto, ONNX 1.16. */
const tensorFields = { type: 2, floats: 4, raw: 9, place: 13, location: 14 };
const floatType = 1;
const externalLocation = 1;

/**
 * The model in an ONNX file with the numbers of its large tensors left where they are: the tensors refer to their places in
 * that very file, as those of models with external data do. A few kilobytes, whatever the model weighs. Throws RangeError
 * where the file is not a whole ONNX model.
 */
export async function outlineModel(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const reader = new FieldReader(file);
    const parts: Uint8Array[] = [];
    for await (const field of reader.fields(0, size)) {
      if (field.end > size) throw new RangeError("it ends within a field");
      parts.push(
        field.number === 7
          ? encodeMessage(7, await outlineGraph(reader, field, basename(path)))
          : await reader.whole(field),
      );
    }
    return joinBytes(parts);
  } finally {
    await file.close();
  }
}

async function outlineGraph(reader: FieldReader, graph: FileField, location: string): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const field of reader.fields(graph.start, graph.end)) {
    const isLarge = field.number === 5 && field.end - field.start >= leastOutsideBytes;
    const outlined = isLarge ? await outlineTensor(reader, field, location) : undefined;
    parts.push(outlined ?? (await reader.whole(field)));
  }
  return parts;
}

/** Undefined where a tensor's numbers are not in one piece, or not as they are in memory. */
async function outlineTensor(
  reader: FieldReader,
  tensor: FileField,
  location: string,
): Promise<Uint8Array | undefined> {
  const described: Uint8Array[] = [];
  let values: FileField | undefined;
  let type: number | undefined;
  for await (const field of reader.fields(tensor.start, tensor.end)) {
    const isData = field.number === tensorFields.raw || field.number === tensorFields.floats;
    if (isData && values === undefined) values = field;
    else if (isData || field.number === tensorFields.place) return undefined;
    else if (field.end - field.start > leastOutsideBytes) return undefined;
    else if (field.number !== tensorFields.location) described.push(await reader.whole(field));
    if (field.number === tensorFields.type) type = field.value;
  }
  if (values === undefined || (values.number === tensorFields.floats && type !== floatType)) return undefined;
  const entry = (key: string, value: string): Uint8Array =>
    encodeMessage(tensorFields.place, [encodeText(1, key), encodeText(2, value)]);
  return encodeMessage(5, [
    ...described,
    entry("location", location),
    entry("offset", String(values.start)),
    entry("length", String(values.end - values.start)),
    encodeNumber(tensorFields.location, externalLocation),
  ]);
}
