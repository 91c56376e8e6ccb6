import { readFile } from "node:fs/promises";
import path from "node:path";
import { WeirError } from "@weir/protocol";
import { parsePrompts } from "./parse-prompts.ts";
import type { PromptSet } from "./prompt-set.ts";

/** Reads a file of prompts, as {@link parsePrompts} has them. Throws USAGE where it cannot be read or is none. */
export async function readPrompts(file: string): Promise<PromptSet> {
  const source = path.resolve(file);
  let text: string;
  try {
    text = await readFile(source, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `--prompts: expected a file that can be read, got ${file}: ${reason}.`, {
      cause: error,
    });
  }
  return { source, prompts: parsePrompts(text, file) };
}
