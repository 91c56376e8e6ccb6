import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { WeirError } from "@weir/protocol";
import { findFolderProblem } from "@weir/server";
import type { ResolvedChatOptions } from "./resolve-chat-options.ts";

/** What is wrong with the paths that chat models are run with, as far as that shows without loading one. */
export async function findChatProblems({ kv, prewarm }: ResolvedChatOptions): Promise<readonly WeirError[]> {
  const problems: WeirError[] = [];
  if (kv.directory !== undefined && kv.diskBytes > 0) {
    const place = await findFolderProblem(kv.directory);
    if (place !== undefined) {
      const message =
        `--kv-dir: expected a folder that conversations can be written to, got ${place}. ` +
        "Name another, or take --kv-disk 0 to keep conversations in memory alone.";
      problems.push(new WeirError("USAGE", message));
    }
  }
  if (prewarm !== undefined) {
    const path = resolve(prewarm);
    const code = await access(path, constants.R_OK).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code ?? "no reason given",
    );
    const why = code === "ENOENT" ? "where nothing is" : `which cannot be read (${code})`;
    const message = `--prewarm: expected a JSON file with the beginnings of conversations, got ${path}, ${why}.`;
    if (code !== undefined) problems.push(new WeirError("USAGE", message));
  }
  return problems;
}
