import { open } from "node:fs/promises";
import { WeirError } from "@weir/protocol";
import { encodeGgufHead } from "../gguf/encode-gguf-head.ts";
import { alignOffset, countBytes, defaultAlignment } from "../gguf/gguf-values.ts";
import { makeMetadata, type ChatMetadata } from "./chat-metadata.ts";
import { listTensors, type ChatShape } from "./chat-shape.ts";
import { chooseSpread } from "./choose-spread.ts";
import { makeTensorBytes } from "./seeded-weights.ts";
import { createTokenizer } from "./tokenizer/create-tokenizer.ts";

export interface ChatBuildOptions {
  /** Ends the build with CANCELLED; the file is then incomplete. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far the build is, some hundred times at most. */
  readonly onProgress?: ((progress: ChatBuildProgress) => void) | undefined;
}

export interface ChatBuildProgress {
  readonly writtenBytes: number;
  readonly totalBytes: number;
}

/** Memory does not grow with the model. */
const chunkBytes = 1024 * 1024;

/** Writes a chat model with weights from a seed, its name, as a GGUF file: the same bytes on every machine. Throws CANCELLED. */
export async function writeChatModel(
  path: string,
  shape: ChatShape,
  metadata: ChatMetadata,
  { signal, onProgress }: ChatBuildOptions = {},
): Promise<void> {
  const tokenizer = createTokenizer(shape.vocabularySize);
  const tensors = listTensors(shape);
  const { head, totalBytes } = encodeGgufHead(makeMetadata(shape, tokenizer, metadata), tensors);
  const file = await open(path, "w");
  try {
    let writtenBytes = 0;
    const write = async (bytes: Uint8Array): Promise<void> => {
      if (signal?.aborted === true) {
        throw new WeirError("CANCELLED", `building ${metadata.name} was cancelled`, { cause: signal.reason });
      }
      await file.writeFile(bytes);
      writtenBytes += bytes.length;
      onProgress?.({ writtenBytes, totalBytes });
    };
    await write(head);
    for (const tensor of tensors) {
      const spread = chooseSpread(tensor, shape, tokenizer);
      for (const bytes of makeTensorBytes(tensor, spread, metadata.name, chunkBytes)) await write(bytes);
      const length = countBytes(tensor);
      const padding = alignOffset(length, defaultAlignment) - length;
      if (padding > 0) await write(new Uint8Array(padding));
    }
  } finally {
    await file.close();
  }
}
