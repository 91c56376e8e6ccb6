import { WeirError } from "@weir/protocol";
import type { Limit } from "./limit.ts";

/** What answers a workload gets, as far as limits care. */
export type AnswerKind =
  /** Nothing that comes token by token, and nothing that is counted in tokens. */
  | "no-tokens"
  /** Tokens, all at once. */
  | "whole"
  | "stream";

const streamedTimes: ReadonlySet<string> = new Set(["ttft", "ttfo", "tpot", "gap"]);

/** Throws USAGE with every limit that answers of this kind can neither keep nor miss. */
export function checkLimits(limits: readonly Limit[], answers: AnswerKind): void {
  const problems = limits.flatMap((limit) => {
    if (limit.kind === "errors" || answers === "stream") return [];
    const ofStreams = streamedTimes.has(limit.metric);
    if (!ofStreams && (limit.metric !== "tokens" || answers === "whole")) return [];
    const [expected, next] =
      answers === "whole"
        ? ["a limit that answers without a stream can keep", "Leave --no-stream out, or limit response.p95"]
        : [
            "a limit that answers without tokens can keep",
            "Use --workload chat, or limit response.p95 or units",
          ];
    return [`--slo: expected ${expected}, got ${JSON.stringify(limit.text)}. ${next}.`];
  });
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
}
