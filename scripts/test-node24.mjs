// Runs the tests on the newest Node 24, so that nothing comes to depend on an old version. The binary comes from the
// npm registry, as the package node-PLATFORM-ARCH, into a cache of its own.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "weir", "node-24");
const platform = process.platform === "win32" ? "win" : process.platform;
const name = `node-${platform}-${process.arch}`;

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

mkdirSync(cache, { recursive: true });
run("npm", ["install", "--no-save", "--no-package-lock", "--prefix", cache, `${name}@24`], {
  cwd: cache,
  shell: process.platform === "win32",
});
const bin = join(cache, "node_modules", name, "bin");
const node = join(bin, process.platform === "win32" ? "node.exe" : "node");
run(node, ["--version"]);
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
run(node, [vitest, "run", ...process.argv.slice(2)], {
  cwd: root,
  // Programs that tests start by name (npm, npx) run on the same Node.
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
});
