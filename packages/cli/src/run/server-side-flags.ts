import type { Option } from "commander";
import type { ServerSideRequest } from "@weir/lab";
import { splitRequestUrl } from "@weir/load";
import type { FlagReader } from "../flags/flag-reader.ts";
import { createFlags } from "./create-flags.ts";

/** The flags that say what of the server is looked at, as they were written. */
export interface ServerSideFlags {
  readonly serverMetrics?: boolean | undefined;
  readonly serverPid?: string | undefined;
  readonly metricsUrl?: string | undefined;
}

export function createServerSideOptions(): Option[] {
  return createFlags("Server's side:", [
    [
      "--server-pid <pid>",
      "the server's process on this machine (default: whichever listens at the URL): its CPU, memory and files are recorded with those of its children",
    ],
    [
      "--metrics-url <url>",
      "the server's metrics in Prometheus' format (default: its /metrics for embeddings and chat, none for other requests)",
    ],
    [
      "--no-server-metrics",
      "do not look at the server beside the load: neither at its processes nor at its metrics",
    ],
  ]);
}

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
