import { readFileSync } from "node:fs";

/** The version that is measuring: this package's own. */
export function readWeirVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}
