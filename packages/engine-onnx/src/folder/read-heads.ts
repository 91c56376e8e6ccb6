import { readWholeNumber } from "./read-json.ts";
import type { ModelFolder } from "./read-model-folder.ts";

/** How many heads attention has; DistilBERT has a name of its own for it. */
export function readHeads({ config, path }: Pick<ModelFolder, "config" | "path">): number | undefined {
  const read = (key: string): number | undefined => readWholeNumber(config, key, path, 1);
  return read("num_attention_heads") ?? read("n_heads");
}
