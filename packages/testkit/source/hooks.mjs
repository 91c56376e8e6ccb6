/**
 * Module hooks that let Node run this repository's TypeScript: each file is transformed once, kept in a file named by the
 * hash of its text, and read from there by every process after. Loading costs a third of what a general loader does, and
 * the tests start hundreds of processes.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
/** Gone with node_modules, so that another esbuild begins anew. */
const cache = new URL("../../../node_modules/.cache/weir-source/", import.meta.url);

/** A `load` hook, for `module.register` and `module.registerHooks` alike. */
export function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
  return { format: "module", shortCircuit: true, source: toJavaScript(fileURLToPath(url)) };
}

function toJavaScript(path) {
  const source = readFileSync(path, "utf8");
  const name = createHash("sha1").update(path).update("\0").update(source).digest("hex");
  const cached = new URL(`${name}.js`, cache);
  try {
    return readFileSync(cached, "utf8");
  } catch {
    // Not there yet.
  }
  const { transformSync } = require("esbuild");
  const { code } = transformSync(source, {
    loader: "ts",
    format: "esm",
    // Node 20 has no `using`.
    target: "node20.19",
    sourcefile: path,
    sourcemap: "inline",
    sourcesContent: false,
  });
  // Several processes may come here at once: what is read is always whole.
  const partial = new URL(`${name}.${process.pid}.${Math.trunc(performance.now() * 1e6)}`, cache);
  mkdirSync(cache, { recursive: true });
  writeFileSync(partial, code);
  renameSync(partial, cached);
  return code;
}
