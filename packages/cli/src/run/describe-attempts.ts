import { formatCount, type RunSummary } from "@weir/lab";

/** Turns, retries, connections and raw rows: name and sentence of each that there is something to say about. */
export function describeAttempts(summary: RunSummary): [string, string][] {
  const { turns, retries, connections, samples } = summary;
  const rows: [string, string][] = [];
  if (turns !== null) rows.push(["turns", describeTurns(turns)]);
  if (retries !== null) rows.push(["retries", describeRetries(retries)]);
  // Kept-alive connections are as it should be; many new ones are something the server does.
  if (connections.opened > connections.reused && connections.opened > 1)
    rows.push([
      "connections",
      `${connections.opened.toLocaleString("en-US")} opened, ${formatCount(connections.reused, "request")} found one open`,
    ]);
  if (samples !== null) rows.push(["samples", describeSamples(samples)]);
  return rows;
}

function describeTurns({ completed, failed }: NonNullable<RunSummary["turns"]>): string {
  return `${formatCount(completed, "turn")} of several requests completed, ${failed === 0 ? "none" : failed.toLocaleString("en-US")} failed`;
}

function describeRetries({ attempts, recovered, givenUp }: NonNullable<RunSummary["retries"]>): string {
  return attempts === 0
    ? "none were needed"
    : `${formatCount(attempts, "request")} sent again: ${recovered.toLocaleString("en-US")} recovered, ${givenUp.toLocaleString("en-US")} given up; all other figures are of first attempts`;
}

function describeSamples({ rows, dropped, problem }: NonNullable<RunSummary["samples"]>): string {
  const lost = dropped === 0 ? "" : `; ${formatCount(dropped, "row")} lost, the disk was too slow`;
  return `${formatCount(rows, "row")} in samples.parquet${lost}${problem === null ? "" : `; ${problem}`}`;
}
