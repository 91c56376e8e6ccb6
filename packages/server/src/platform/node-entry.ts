import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

/**
 * The one place that decides how another Node process or thread of ours is started: from `dist` as plain JavaScript,
 * or from source through a loader. Node 20 runs no TypeScript by itself, and tests need no build.
 */
export interface NodeEntry {
  readonly file: string;
  readonly execArgv: readonly string[];
}

const sourceCondition = "@weir/source";

/** `url` is an entry beside the caller, written without its ending: `new URL("./child-main", import.meta.url)`. */
export function resolveNodeEntry(url: URL): NodeEntry {
  const source = fileURLToPath(url) + ".ts";
  if (!runsFromSource(source)) return { file: fileURLToPath(url) + ".js", execArgv: [] };
  return {
    file: source,
    execArgv: [`--conditions=${sourceCondition}`, "--import", sourceLoader()],
  };
}

/** A worker thread of an entry named as in {@link resolveNodeEntry}. */
export function createEntryWorker(url: URL): Worker {
  const source = fileURLToPath(url) + ".ts";
  if (!runsFromSource(source)) return new Worker(new URL(url.href + ".js"));
  // On Node 20 a loader given with --import does not reach a worker's own entry file, so it is registered inside.
  const script = `import(${JSON.stringify(sourceLoader())}).then(() => import(${JSON.stringify(url.href + ".ts")}))`;
  return new Worker(script, { eval: true, execArgv: [`--conditions=${sourceCondition}`] });
}

/** Only in this repository: packages that are installed run from dist. */
function sourceLoader(): string {
  return import.meta.resolve("@weir/testkit/source");
}

// A published package has both src and dist: what decides is which of them this file itself runs from.
function runsFromSource(sourceFile: string): boolean {
  return import.meta.url.endsWith(".ts") && existsSync(sourceFile);
}
