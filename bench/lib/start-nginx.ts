import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { endWithBench } from "./end-with-bench.ts";
import { freePort } from "./free-port.ts";
import { onCore, stopChild } from "./part.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

export interface Nginx extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
}

const places = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"];
const answer = "thirty-four bytes of plain answer.";

/**
 * nginx as one process on one core, answering 34 bytes from its configuration: the least a real server can do.
 * Undefined where it is not installed.
 */
export async function startNginx(core: number | undefined): Promise<Nginx | undefined> {
  const program = places.find((place) => existsSync(place));
  if (program === undefined) return undefined;
  const temporary = createTemporaryFolder("nginx");
  const folder = temporary.path;
  const port = await freePort();
  await writeFile(join(folder, "nginx.conf"), toConfig(folder, port));
  const [command, ...args] = onCore(core, [
    program,
    "-p",
    folder,
    "-e",
    "stderr",
    "-c",
    join(folder, "nginx.conf"),
  ]);
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const forget = endWithBench(() => child.kill("SIGKILL"));
  const stop = async (): Promise<void> => {
    await stopChild(child);
    forget();
    temporary[Symbol.dispose]();
  };
  try {
    await untilListening(port, () => child.exitCode === null);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid!, url: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: stop };
}

// One process that is no daemon: it has the id that was started, and nothing is left when that one has gone.
function toConfig(folder: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  return `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr error;
worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  access_log off; ${temporary}
  keepalive_requests 1000000000; keepalive_timeout 3600s; tcp_nodelay on;
  server { listen 127.0.0.1:${port} backlog=4096; location / { return 200 "${answer}"; } }
}
`;
}

async function untilListening(port: number, isAlive: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (!isAlive()) throw new Error("nginx ended at once; what it said stands above");
    const socket = connect(port, "127.0.0.1");
    const taken = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (taken) return;
    await delay(25);
  }
  throw new Error(`nginx did not listen on port ${port} within 5 s`);
}
