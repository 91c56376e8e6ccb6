import { join } from "node:path";
import type { CommandContext } from "../command-context.ts";
import { resolveCacheDirectory } from "../platform/cache-directory.ts";

/** Where the calibration of this machine is kept between runs. */
export function calibrationPath(env: CommandContext["env"]): string {
  return join(resolveCacheDirectory(env), "calibration.json");
}
