import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const isWindows = process.platform === "win32";

/** A path that nobody else has, short enough for every system's limit of about 104 bytes. */
export function chooseSocketPath(): string {
  const name = `weir-${randomBytes(9).toString("base64url")}`;
  return isWindows ? String.raw`\\.\pipe\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Removes what a killed process left of its socket. A pipe of Windows goes with its process. */
export function removeSocketFile(path: string): void {
  if (!isWindows) rmSync(path, { force: true });
}
