import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where built models are kept between runs: WEIR_CACHE_DIR, else the place that the platform has for it
 * (XDG_CACHE_HOME or ~/.cache on Linux, ~/Library/Caches on macOS, %LOCALAPPDATA% on Windows).
 */
export function resolveCacheDirectory(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env["WEIR_CACHE_DIR"]) return env["WEIR_CACHE_DIR"];
  switch (platform) {
    case "win32":
      return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "weir", "cache");
    case "darwin":
      return join(home, "Library", "Caches", "weir");
    default:
      return join(env["XDG_CACHE_HOME"] || join(home, ".cache"), "weir");
  }
}
