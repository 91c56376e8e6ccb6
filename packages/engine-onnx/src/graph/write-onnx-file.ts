import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  encodeHeader,
  encodeMessage,
  encodeNumber,
  encodeText,
  joinBytes,
} from "../reference/onnx/protobuf.ts";
import { encodeTensorHead, type NewTensor } from "./graph-editor.ts";
import type { OnnxFile } from "./onnx-file.ts";

export interface NewModel {
  /** The model it was made from: what is not in the graph is kept. */
  readonly source: OnnxFile;
  /** Fields of the graph, each with its number in front. */
  readonly nodes: readonly Uint8Array[];
  /** Fields of the graph: constants kept as they are. */
  readonly kept: readonly Uint8Array[];
  readonly tensors: readonly NewTensor[];
  /** Added to the model's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A protobuf message ends at 2 GiB; some room is left for what is not weights. */
const mostInlineBytes = 2 ** 31 - 2 ** 27;

const contribDomain = "com.microsoft";

/**
 * Writes the model, with its weights in a second file (`NAME_data`) where one file would be too large. The bytes depend
 * on nothing but the model. Returns the bytes written.
 */
export async function writeOnnxFile(
  path: string,
  model: NewModel,
  limitBytes: number = mostInlineBytes,
): Promise<number> {
  const total =
    sumLengths(model.nodes) + sumLengths(model.kept) + sumLengths(model.tensors.map((one) => one.bytes));
  const external = total > limitBytes;
  const tensors = external
    ? placeExternally(model.tensors, `${basename(path)}_data`)
    : layInline(model.tensors);
  const graph = [...model.nodes, ...model.source.rest.graph, ...model.kept, ...tensors];
  let written = await writeParts(path, [
    encodeModelHead(model),
    encodeHeader(7, sumLengths(graph)),
    ...graph,
  ]);
  if (external) {
    const data = join(dirname(path), `${basename(path)}_data`);
    written += await writeParts(
      data,
      model.tensors.map((tensor) => tensor.bytes),
    );
  }
  return written;
}

/** As {@link writeOnnxFile} writes it into one file, in memory. */
export function encodeModel(model: NewModel): Uint8Array {
  const graph = [...model.nodes, ...model.source.rest.graph, ...model.kept, ...layInline(model.tensors)];
  return joinBytes([encodeModelHead(model), encodeMessage(7, graph)]);
}

function layInline(tensors: readonly NewTensor[]): Uint8Array[] {
  return tensors.flatMap((tensor) => [encodeTensorHead(tensor), tensor.bytes]);
}

function placeExternally(tensors: readonly NewTensor[], location: string): Uint8Array[] {
  let offset = 0;
  return tensors.map((tensor) => {
    const head = encodeTensorHead(tensor, { location, offset });
    offset += tensor.bytes.length;
    return head;
  });
}

function encodeModelHead({ source, metadata }: NewModel): Uint8Array {
  return joinBytes([
    ...source.rest.model,
    ...(source.domains.has(contribDomain)
      ? []
      : [encodeMessage(8, [encodeText(1, contribDomain), encodeNumber(2, 1)])]),
    ...Object.entries(metadata).map(([key, value]) =>
      encodeMessage(14, [encodeText(1, key), encodeText(2, value)]),
    ),
  ]);
}

async function writeParts(path: string, parts: readonly Uint8Array[]): Promise<number> {
  const file = await open(path, "wx");
  try {
    let written = 0;
    for (const part of parts) {
      await file.writeFile(part);
      written += part.length;
    }
    return written;
  } finally {
    await file.close();
  }
}

function sumLengths(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
