import os from "node:os";
import { askOnce } from "@weir/load";
import type { ConnectionRequest } from "../run/run-request.ts";
import type { RunEnvironment } from "./run-record.ts";
import { readWeirVersion } from "./weir-version.ts";

const infoTimeoutMs = 2000;
const mostInfoBytes = 64 * 1024;

interface EnvironmentOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly connection: ConnectionRequest | undefined;
  readonly signal?: AbortSignal;
  /** Whether to ask the target; false for one that is known to be away. */
  readonly askTarget: boolean;
  readonly evidence: readonly string[];
  readonly startedAt: Date;
}

/** What this machine is, and what the target says of itself. */
export async function captureEnvironment(url: string, options: EnvironmentOptions): Promise<RunEnvironment> {
  const cpus = os.cpus();
  const info = options.askTarget ? await fetchInfo(url, options) : null;
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
  { headers, connection, signal }: Pick<EnvironmentOptions, "headers" | "connection" | "signal">,
): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const answer = await askOnce(
      url,
      { method: "GET", path: "/info", headers },
      {
        ...connection,
        connectTimeoutMs: infoTimeoutMs,
        timeoutMs: infoTimeoutMs,
        mostBytes: mostInfoBytes,
        signal,
      },
    );
    if (answer.kind === "failed" || answer.status !== 200) return null;
    const info: unknown = JSON.parse(Buffer.from(answer.body).toString("utf8"));
    return typeof info === "object" && info !== null && !Array.isArray(info)
      ? (info as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
