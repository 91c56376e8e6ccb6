import { WeirError } from "@weir/protocol";
import { identifyTarget } from "../run/identify-target.ts";
import type { RunRequest } from "../run/run-request.ts";

/**
 * The first request whose workload the server speaks; a single one is taken as it is. Throws TARGET_UNKNOWN where it
 * speaks none of them, with what was asked, and the signal's reason where that fired.
 */
export async function chooseBase(
  url: string,
  bases: readonly [RunRequest, ...RunRequest[]],
  signal: AbortSignal,
): Promise<RunRequest> {
  if (bases.length === 1) return bases[0];
  const problems: string[] = [];
  for (const base of bases) {
    const found = await identifyTarget({ ...askAnyway(base), url }, signal);
    if (found.kind === "found") return base;
    signal.throwIfAborted();
    if (found.kind === "not-started") problems.push(found.message);
  }
  throw new WeirError("TARGET_UNKNOWN", [...new Set(problems)].join(" "));
}

/** Whether there is such an API at all is asked also where its dialect is said. */
function askAnyway(base: RunRequest): RunRequest {
  const { workload } = base;
  if (workload.kind !== "embeddings" && workload.kind !== "chat") return base;
  return { ...base, workload: { ...workload, dialect: "auto" } };
}
