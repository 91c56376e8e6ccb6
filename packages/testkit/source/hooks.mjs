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

/** A package of 370 files, nearly half of those that a server loads from source: a third of the work on Node 20. */
const inManyFiles = "/node_modules/typebox/build/index.mjs";

/** A `resolve` hook. Between two files of ours nothing has to be looked up: imports name the whole file. */
export function resolve(specifier, context, nextResolve) {
  const { parentURL } = context;
  if (!/^\.\.?\/.*\.ts$/.test(specifier) || !parentURL?.startsWith("file:") || !parentURL.endsWith(".ts")) {
    return nextResolve(specifier, context);
  }
  return { url: new URL(specifier, parentURL).href, format: "module", shortCircuit: true };
}

/** A `load` hook, for `module.register` and `module.registerHooks` alike. */
export function load(url, context, nextLoad) {
  if (!url.startsWith("file:")) return nextLoad(url, context);
  if (url.endsWith(".ts")) return asModule(toJavaScript(fileURLToPath(url)));
  if (url.endsWith(inManyFiles)) return asModule(toOneFile(fileURLToPath(url)));
  return nextLoad(url, context);
}

function asModule(source) {
  return { format: "module", shortCircuit: true, source };
}

function toJavaScript(path) {
  const source = readFileSync(path, "utf8");
  return keep(`${path}\0${source}`, () => {
    const { code } = require("esbuild").transformSync(source, {
      loader: "ts",
      format: "esm",
      // Node 20 has no `using`.
      target: "node20.19",
      sourcefile: path,
      sourcemap: "inline",
      sourcesContent: false,
    });
    return code;
  });
}

/** A package's own files as one. They change with its version, which its package.json names. */
function toOneFile(path) {
  const version = readFileSync(path.replace(/build[/\\]index\.mjs$/, "package.json"), "utf8");
  return keep(`${path}\0${version}`, () => {
    const { outputFiles } = require("esbuild").buildSync({
      entryPoints: [path],
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20.19",
      write: false,
    });
    return outputFiles[0].text;
  });
}

/** What is made of `from`: made once, and read by every process after. */
function keep(from, make) {
  const name = createHash("sha1").update(from).digest("hex");
  const cached = new URL(`${name}.js`, cache);
  try {
    return readFileSync(cached, "utf8");
  } catch {
    // Not there yet.
  }
  const code = make();
  // Several processes may come here at once: what is read is always whole.
  const partial = new URL(`${name}.${process.pid}.${Math.trunc(performance.now() * 1e6)}`, cache);
  mkdirSync(cache, { recursive: true });
  writeFileSync(partial, code);
  renameSync(partial, cached);
  return code;
}
