import os from "node:os";
import type { RunEnvironment } from "./run-record.ts";
import { readWeirVersion } from "./weir-version.ts";

const infoTimeoutMs = 2000;
const mostInfoBytes = 64 * 1024;

/** What this machine is, and what the target says of itself. */
export async function captureEnvironment(
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
    /** Whether to ask the target; false for one that is known to be away. */
    readonly askTarget: boolean;
    readonly evidence: readonly string[];
    readonly startedAt: Date;
  },
): Promise<RunEnvironment> {
  const cpus = os.cpus();
  const info = options.askTarget ? await fetchInfo(url, options.headers, options.signal) : null;
  return {
    startedAt: options.startedAt.toISOString(),
    weirVersion: readWeirVersion(),
    nodeVersion: process.version,
    platform: `${os.type()} ${os.release()}`,
    arch: process.arch,
    // What this process may use, which in a container is less than what the machine has.
    cpu: { model: cpus[0]?.model.trim() ?? "unknown", cores: os.availableParallelism() },
    memoryBytes:
      process.constrainedMemory() > 0 ? Math.min(os.totalmem(), process.constrainedMemory()) : os.totalmem(),
    loadAverage: os.loadavg()[0] ?? 0,
    target: { url, evidence: options.evidence, info },
  };
}

/** GET /info, where it answers with a JSON object in time; whatever else happens is no concern of the run. */
async function fetchInfo(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>> | null> {
  const timeout = AbortSignal.timeout(infoTimeoutMs);
  try {
    const response = await fetch(`${url}/info`, {
      headers: { ...headers },
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const text = await response.text();
    if (response.status !== 200 || text.length > mostInfoBytes) return null;
    const info: unknown = JSON.parse(text);
    return typeof info === "object" && info !== null && !Array.isArray(info)
      ? (info as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
