import type { ServerSideRequest } from "@weir/lab";
import { splitRequestUrl } from "@weir/load";
import type { FlagReader } from "../flags/flag-reader.ts";
import type { ServerSideFlags } from "./server-side-flags.ts";

const mostPid = 2 ** 22;

/** Problems are noted. */
export function resolveServerSide(flags: ServerSideFlags, read: FlagReader): ServerSideRequest {
  const pid =
    flags.serverPid === undefined
      ? undefined
      : read.whole("server-pid", flags.serverPid, { least: 1, most: mostPid, absent: 1 });
  const metricsUrl =
    flags.metricsUrl === undefined ? undefined : read.attempt(() => toUrl(flags.metricsUrl!), "metrics-url");
  const watched = flags.serverMetrics !== false;
  for (const [flag, given] of [
    ["--server-pid", flags.serverPid],
    ["--metrics-url", flags.metricsUrl],
  ] as const)
    if (!watched && given !== undefined)
      read.note(`${flag} and --no-server-metrics exclude each other: leave one of them out.`);
  return { watched, pid, metricsUrl };
}

/** One without a path is of a server, whose metrics are where Prometheus looks for them. */
function toUrl(given: string): string {
  const { url, path } = splitRequestUrl(given);
  return url + (path === "/" ? "/metrics" : path);
}
