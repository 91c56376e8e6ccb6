// `npm run bench -- NAME [flags]`: runs bench/NAME.ts from source.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [name, ...flags] = process.argv.slice(2);
const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
if (name === undefined || !existsSync(file)) {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const names = readdirSync(folder).flatMap((entry) => (entry.endsWith(".ts") ? [entry.slice(0, -3)] : []));
  console.error(`usage: npm run bench -- NAME [flags]; NAME is one of ${names.join(", ")}`);
  process.exit(2);
}
const args = [
  "--conditions=@weir/source",
  "--import",
  import.meta.resolve("@weir/testkit/source"),
  file,
  ...flags,
];
process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
