import { referenceWeightsPhrase } from "@weir/engine";
import type { CommandContext } from "../command-context.ts";

interface Progress {
  readonly writtenBytes: number;
  readonly totalBytes: number;
}

interface Built {
  readonly path: string;
  /** False where it was there already. */
  readonly built: boolean;
}

/** Builds a reference model if it is not there yet, with a line on stderr that says how far, and returns where it is. */
export async function showBuild(
  name: string,
  { stderr }: Pick<CommandContext, "stderr">,
  build: (onProgress: (progress: Progress) => void) => Promise<Built>,
): Promise<string> {
  const startedMs = performance.now();
  let shownPercent = -1;
  const { path, built } = await build(({ writtenBytes, totalBytes }) => {
    const percent = Math.floor((100 * writtenBytes) / totalBytes);
    if (stderr.isTTY !== true || percent === shownPercent) return;
    shownPercent = percent;
    stderr.write(`\rbuilding ${name} (first use only): ${percent} %`);
  });
  if (built) {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    const start = stderr.isTTY === true ? "\r\u001b[2K" : "";
    stderr.write(`${start}built ${name} in ${seconds} s (${referenceWeightsPhrase})\n`);
  }
  return path;
}
