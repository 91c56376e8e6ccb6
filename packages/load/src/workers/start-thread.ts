import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

/**
 * Starts a thread from a file of ours: from `dist` as plain JavaScript, or from source through a loader, since Node 20
 * runs no TypeScript by itself and tests need no build.
 * @param url the file beside the caller without its ending, `new URL("./main", import.meta.url)`
 */
export function startThread(url: URL, workerData: unknown): Worker {
  const source = fileURLToPath(url) + ".ts";
  // A published package has both src and dist: what decides is which of them this file itself runs from.
  if (!(import.meta.url.endsWith(".ts") && existsSync(source)))
    return new Worker(new URL(`${url.href}.js`), { workerData });
  // On Node 20 a loader given with --import does not reach a worker's own entry file, so it is registered inside.
  const loader = import.meta.resolve("@weir/testkit/source");
  const script = `import(${JSON.stringify(loader)}).then(() => import(${JSON.stringify(`${url.href}.ts`)}))`;
  return new Worker(script, { eval: true, execArgv: ["--conditions=@weir/source"], workerData });
}
