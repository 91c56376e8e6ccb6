// `npm start`: builds, then runs `weir try` in this same process, so that Ctrl-C and exit codes are its own.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const build = spawnSync(process.execPath, [compiler, "-b"], { cwd: root, stdio: "inherit" });
if (build.status !== 0) process.exit(build.status ?? 1);

// The texts that are sent by default are this project's own; --texts DIR names others.
process.env.WEIR_TEXTS ??= join(root, "docs");
process.argv = [process.argv[0], join(root, "packages/cli/dist/bin.js"), "try", ...process.argv.slice(2)];
await import("../packages/cli/dist/bin.js");
