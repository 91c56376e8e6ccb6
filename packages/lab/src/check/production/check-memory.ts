import { parseHttpTarget } from "@weir/load";
import { findListeners } from "../../platform/listening-processes.ts";
import { createProbeTarget, readJsonObject } from "../../probe/probe-target.ts";
import { formatValue } from "../format-value.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { findMemoryLimit } from "./memory-limit.ts";
import { holds, unseen } from "./yes-or-no.ts";

const named = { key: "memory/limit", metric: "memory limit" };
const advice =
  "Set one, so that a leak ends this server and not its neighbours: docker run --memory 2g, MemoryMax=2G of systemd, resources.limits.memory of Kubernetes.";

/** Whether something bounds the memory of the server's process. */
export async function checkMemory({ url, base, signal }: SuiteContext): Promise<CheckRow> {
  const listeners = await findListeners(parseHttpTarget(url));
  if (listeners.kind === "hidden")
    return unseen(named, "its process belongs to another user or runs in a container; run this as that user");
  if (listeners.kind === "unknown")
    return unseen(named, "its process is not on this machine, or this is no Linux");
  const limit = findMemoryLimit(listeners.pids[0]!);
  if (limit !== undefined) {
    const { bytes, by } = limit;
    const own = findMemoryLimit(process.pid);
    const shared = own?.by === by && own.bytes === bytes ? ", in which this check runs as well" : "";
    const measured = `${formatValue(bytes, "bytes")} by ${by}${shared}`;
    return { ...holds(named, true, measured, "set", advice), value: bytes, unit: "bytes" };
  }
  // Weir watches the processes of its models, which are what grows, itself.
  const target = createProbeTarget(url, { signal, headers: base.headers, connection: base.connection });
  const health = readJsonObject(await target.get("/health"));
  const memory = health?.["memory"];
  const isWatched = typeof memory === "object" && memory !== null && "replicas_rss_bytes" in memory;
  return isWatched
    ? holds(named, true, "--max-rss of each model's process; none for the whole", "set", advice)
    : holds(named, false, "not set", "set", advice);
}
