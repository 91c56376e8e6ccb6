import type { Option } from "commander";
import { createFlags } from "../create-flags.ts";
import type { ModelFlags } from "./model-flags.ts";

/** The flags of embeddings, as they were written. */
export interface EmbeddingsFlags extends ModelFlags {
  readonly texts?: string | undefined;
  readonly textSize?: string | undefined;
  readonly batch?: string | undefined;
}

export function createEmbeddingsOptions(): Option[] {
  return createFlags("Embeddings:", [
    ["--texts <dir>", "folder of Markdown and text files to send (default: built-in English prose)"],
    ["--text-size <characters>", "length of one text (default: about 1000)"],
    ["--batch <number>", "texts in one request (default: 1)"],
  ]);
}
