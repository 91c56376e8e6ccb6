import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { WeirError } from "@weir/protocol";

/**
 * The file of the `weir` command that is installed beside this package. Nowhere else is looked: what lies in the current
 * directory of a desktop app is not for it to run.
 */
export function locateWeirCommand(): string {
  try {
    // In a bundle there is no import.meta.url, which ends here as well.
    const manifest = createRequire(import.meta.url).resolve("@weir/cli/package.json");
    return join(dirname(manifest), "bin", "weir.js");
  } catch (error) {
    const message =
      "launchSidecar needs the weir command, which is not installed. Run: npm install @weir/cli @weir/engine-onnx, " +
      "or give the path of its bin/weir.js as command";
    throw new WeirError("ENGINE_MISSING", message, { cause: error });
  }
}
