import { open } from "node:fs/promises";
import { decodeText, readFields } from "../reference/onnx/protobuf-fields.ts";
import { encodeMessage, encodeNumber, encodeText, joinBytes } from "../reference/onnx/protobuf.ts";
import { FieldReader, type FileField } from "./field-reader.ts";
import { externalLocation, float32Type } from "./parse-tensor.ts";

/** Numbers of smaller tensors are taken along: shapes, axes and single values, which a graph's optimizer looks at. */
const leastOutsideBytes = 4096;

/** Fields of TensorProto, ONNX 1.16. */
const tensorFields = { type: 2, floats: 4, raw: 9, place: 13, location: 14 };

/** Where the files of a model are, as its outline is to name them. */
export interface WeightPlaces {
  /** The model's own file. */
  readonly own: string;
  /** Files beside it, by the names that it has for them. */
  readonly beside: ReadonlyMap<string, string>;
}

/**
 * The model in an ONNX file with the numbers of its large tensors left where they are: the tensors refer to their places in
 * that very file, as those of models with external data do. A few kilobytes, whatever the model weighs. Throws RangeError
 * where the file is not a whole ONNX model.
 */
export async function outlineModel(path: string, places: WeightPlaces): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const reader = new FieldReader(file);
    const parts: Uint8Array[] = [];
    for await (const field of reader.fields(0, size)) {
      if (field.end > size) throw new RangeError("it ends within a field");
      parts.push(
        field.number === 7
          ? encodeMessage(7, await outlineGraph(reader, field, places))
          : await reader.whole(field),
      );
    }
    return joinBytes(parts);
  } finally {
    await file.close();
  }
}

async function outlineGraph(
  reader: FieldReader,
  graph: FileField,
  places: WeightPlaces,
): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for await (const field of reader.fields(graph.start, graph.end)) {
    parts.push(field.number === 5 ? await outlineTensor(reader, field, places) : await reader.whole(field));
  }
  return parts;
}

/** A tensor as it is where its numbers are few, not in one piece, or not as they are in memory. */
async function outlineTensor(
  reader: FieldReader,
  tensor: FileField,
  { own, beside }: WeightPlaces,
): Promise<Uint8Array> {
  const described: Uint8Array[] = [];
  // Left out where the numbers are here all the same: tools that take weights in may leave them behind.
  const places: Uint8Array[] = [];
  let values: FileField | undefined;
  let type: number | undefined;
  let location = 0;
  for await (const field of reader.fields(tensor.start, tensor.end)) {
    const isData = field.number === tensorFields.raw || field.number === tensorFields.floats;
    if (isData && values === undefined) values = field;
    else if (isData || field.end - field.start > leastOutsideBytes) return await reader.whole(tensor);
    else if (field.number === tensorFields.place) {
      places.push(renamePlace(await reader.whole(field), beside));
    } else if (field.number === tensorFields.location) location = field.value;
    else described.push(await reader.whole(field));
    if (field.number === tensorFields.type) type = field.value;
  }
  const elsewhere = encodeNumber(tensorFields.location, externalLocation);
  if (location === externalLocation) return encodeMessage(5, [...described, ...places, elsewhere]);
  if (values === undefined || values.end - values.start < leastOutsideBytes)
    return await reader.whole(tensor);
  if (values.number === tensorFields.floats && type !== float32Type) return await reader.whole(tensor);
  return encodeMessage(5, [
    ...described,
    encodePlace("location", own),
    encodePlace("offset", String(values.start)),
    encodePlace("length", String(values.end - values.start)),
    elsewhere,
  ]);
}

function renamePlace(whole: Uint8Array, beside: ReadonlyMap<string, string>): Uint8Array {
  const [place] = readFields(whole);
  const texts = new Map(
    Array.from(readFields(place!.bytes), ({ number, bytes }) => [number, decodeText(bytes)]),
  );
  const [key, value] = [texts.get(1), texts.get(2)];
  const name = key === "location" ? beside.get(value ?? "") : undefined;
  return name === undefined ? whole : encodePlace("location", name);
}

function encodePlace(key: string, value: string): Uint8Array {
  return encodeMessage(tensorFields.place, [encodeText(1, key), encodeText(2, value)]);
}
