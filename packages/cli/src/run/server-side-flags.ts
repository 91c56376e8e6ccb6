import type { Option } from "commander";
import type { ServerSideRequest } from "@weir/lab";
import type { FlagReader } from "../flags/flag-reader.ts";
import { createFlags } from "./create-flags.ts";

/** The flags that say what of the server is looked at, as they were written. */
export interface ServerSideFlags {
  readonly serverMetrics?: boolean | undefined;
  readonly serverPid?: string | undefined;
}

export function createServerSideOptions(): Option[] {
  return createFlags("Server's side:", [
    [
      "--server-pid <pid>",
      "the server's process on this machine (default: whichever listens at the URL): its CPU, memory and files are recorded with those of its children",
    ],
    ["--no-server-metrics", "do not look at the server beside the load"],
  ]);
}

const mostPid = 2 ** 22;

/** Problems are noted. */
export function resolveServerSide(flags: ServerSideFlags, read: FlagReader): ServerSideRequest {
  const pid =
    flags.serverPid === undefined
      ? undefined
      : read.whole("server-pid", flags.serverPid, { least: 1, most: mostPid, absent: 1 });
  if (flags.serverMetrics === false && pid !== undefined)
    read.note("--server-pid and --no-server-metrics exclude each other: leave one of them out.");
  return { watched: flags.serverMetrics !== false, pid };
}
