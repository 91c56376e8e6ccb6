import { WeirError } from "@weir/protocol";
import { parseLimit, defaultLimit, type Limit } from "../record/limit.ts";
import type { RunSummary } from "../record/run-record.ts";

/** How much longer than alone a user may wait where nobody said how long that may be. */
const timesOneUser = 3;

/** Throws USAGE for limits that a search cannot go by. */
export function checkCapacityLimits(limits: readonly Limit[]): void {
  if (limits.length === 0) throw new WeirError("USAGE", "a capacity needs at least one limit, got none.");
  const rates = limits.filter((limit) => limit.kind === "rate");
  if (rates.length > 0)
    throw new WeirError(
      "USAGE",
      rates
        .map(
          ({ text }) =>
            `--slo: expected a limit that is missed when there is too much load, got ${JSON.stringify(text)}, which is missed when there is too little. Limit a time, such as response.p95 < 800ms.`,
        )
        .join("\n"),
    );
}

type ErrorsLimit = Extract<Limit, { kind: "errors" }>;

/**
 * The limit on errors. Who is refused at once is in no latency, so a server that answers hardly anybody could keep any
 * limit on times: where only these were given, there is the default beside them.
 */
export function findErrorsLimit(limits: readonly Limit[]): ErrorsLimit {
  const ofErrors = (limit: Limit): limit is ErrorsLimit => limit.kind === "errors";
  return [...limits, parseLimit(defaultLimit)].find(ofErrors)!;
}

/** Limits relative to what one user got; only that on errors where not one answer was timed. */
export function singleUserLimits({ ttftMs, latencyMs }: RunSummary): readonly Limit[] {
  const [metric, times] =
    ttftMs !== null && ttftMs.n > 0 ? ["ttft", ttftMs] : ["response", latencyMs.response];
  const aloneMs = times.p95 ?? times.max;
  const errors = parseLimit(defaultLimit);
  if (aloneMs === null) return [errors];
  return [parseLimit(`${metric}.p95 <= ${roundUp(timesOneUser * aloneMs)}ms`), errors];
}

/** To two digits, as people would set a limit. */
function roundUp(ms: number): string {
  const step = 10 ** Math.max(-2, Math.floor(Math.log10(Math.max(ms, 0.01))) - 1);
  const steps = Math.ceil(ms / step - 1e-9);
  return String(Number((steps * step).toPrecision(6)));
}
