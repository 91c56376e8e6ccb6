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
      "connected",
      `${connections.opened.toLocaleString("en-US")} times; ${connections.reused === 0 ? "no connection was used twice" : `${formatCount(connections.reused, "request")} went over one that was open already`}`,
    ]);
  if (connections.lostWhileIdle > 0)
    rows.push([
      "resent",
      `${formatCount(connections.lostWhileIdle, "request")} on a new connection, because the server had just closed the idle one; response times hold both, no failures`,
    ]);
  if (samples !== null) rows.push(["samples", describeSamples(samples)]);
  return rows;
}

function describeTurns({ completed, failed }: NonNullable<RunSummary["turns"]>): string {
  return `${formatCount(completed, "turn")} of several requests completed, ${failed === 0 ? "none" : failed.toLocaleString("en-US")} failed`;
}

function describeRetries(retries: NonNullable<RunSummary["retries"]>): string {
  const { requests, attempts, recovered, givenUp, cutOff } = retries;
  if (attempts === 0) return "none were needed";
  const times = attempts > requests ? `, ${formatCount(attempts, "time")} in all` : "";
  const unknown = cutOff === 0 ? "" : `, ${cutOff.toLocaleString("en-US")} cut off with the run`;
  return `${formatCount(requests, "request")} sent again${times}: ${recovered.toLocaleString("en-US")} recovered, ${givenUp.toLocaleString("en-US")} given up${unknown}; all other figures are of first attempts`;
}

function describeSamples({ rows, dropped, problem }: NonNullable<RunSummary["samples"]>): string {
  const lost = dropped === 0 ? "" : `; ${formatCount(dropped, "row")} lost, the disk was too slow`;
  return `${formatCount(rows, "row")} in samples.parquet${lost}${problem === null ? "" : `; ${problem}`}`;
}
