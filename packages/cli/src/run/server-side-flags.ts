import type { Option } from "commander";
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
