import vm from "node:vm";
import { WeirError } from "@weir/protocol";

/** Code that sends nothing before it yields has no reason to take longer. */
const longestYieldMs = 5000;

/**
 * Calls code that somebody else wrote and that may never come back. Throws USAGE when it has not after `limitMs`, and when
 * Ctrl-C is pressed meanwhile: no signal handler of ours could run.
 */
export function callWithin<Result>(call: () => Result, limitMs: number = longestYieldMs): Result {
  try {
    // Only a script can be ended by a clock, and with it whatever it calls.
    return vm.runInNewContext("call()", { call }, { timeout: limitMs, breakOnSigint: true }) as Result;
  } catch (error) {
    const code = (error as { readonly code?: unknown } | null)?.code;
    if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      throw new WeirError(
        "USAGE",
        `the scenario did not yield within ${limitMs / 1000} s: every turn must come to a yield, and what loops must yield in the loop`,
        { cause: error },
      );
    if (code === "ERR_SCRIPT_EXECUTION_INTERRUPTED")
      throw new WeirError("USAGE", "the scenario was interrupted before it yielded", { cause: error });
    throw error;
  }
}
