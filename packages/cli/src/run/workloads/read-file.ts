import { readFile } from "node:fs/promises";
import { WeirError } from "@weir/protocol";

/** The text of a file that a flag names. Throws USAGE with the flag where it cannot be read. */
export async function contentOf(file: string, flag: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `${flag}: expected a file that can be read, got ${file}: ${reason}.`, {
      cause: error,
    });
  }
}
