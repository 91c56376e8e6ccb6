import type { Check } from "@weir/lab";

const nameWidth = 20;
const stateWidth = 7;

/** One check as a line, and its fix below it. */
export function describeCheck({ name, state, detail, fix }: Check): string {
  const line = `${state.padEnd(stateWidth)} ${name.padEnd(nameWidth)} ${detail}\n`;
  return fix === undefined ? line : `${line}${" ".repeat(stateWidth + nameWidth + 2)}fix: ${fix}\n`;
}

/** The outcome in one sentence. */
export function describeOutcome(checks: readonly Check[]): string {
  const failed = checks.filter(({ state }) => state === "fail").map(({ name }) => name);
  const warned = checks.filter(({ state }) => state === "warn").map(({ name }) => name);
  const warnings = warned.length === 0 ? "" : ` Worth a look: ${warned.join(", ")}.`;
  if (failed.length === 0) return `No problems found.${warnings}`;
  return `${failed.length} of ${checks.length} checks failed: ${failed.join(", ")}.${warnings}`;
}
