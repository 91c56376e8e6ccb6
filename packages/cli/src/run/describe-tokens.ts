import { formatNumber, formatShare, type RunSummary } from "@weir/lab";

/** What the server counted in tokens and what else was checked in its answers: rows of name and text. */
export function describeTokens(summary: RunSummary): readonly [string, string][] {
  const rows: [string, string][] = [];
  if (summary.tokens !== null) rows.push(["tokens", describeCounts(summary.tokens, summary.completed)]);
  else if (summary.ttftMs !== null) rows.push(["tokens", "the server does not count them"]);
  for (const [name, { of, right }] of Object.entries(summary.checks.tallies))
    rows.push(["", `${name.replaceAll("-", " ")}: ${count(right)} of ${count(of)}`]);
  const first = rows.findIndex(([name]) => name === "");
  if (first !== -1) rows[first]![0] = "right";
  return rows;
}

function describeCounts(tokens: NonNullable<RunSummary["tokens"]>, completed: number): string {
  const { input, cachedInput, cachedInputOf, output, outputPerSecond, usageKnownOf } = tokens;
  const cached =
    cachedInputOf === 0
      ? "the server does not say what came from a cache"
      : `${formatShare(cachedInput / cachedInputOf)} from a cache`;
  const known =
    usageKnownOf === completed ? "" : `; counted in ${count(usageKnownOf)} of ${count(completed)} answers`;
  return `${count(input)} in (${cached}), ${count(output)} out, ${formatNumber(outputPerSecond)} out/s${known}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
