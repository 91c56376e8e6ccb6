import { WeirError } from "@weir/protocol";
import type * as Ort from "onnxruntime-node";

export type OnnxRuntime = Pick<typeof Ort, "InferenceSession" | "Tensor" | "listSupportedBackends">;

/**
 * Loads ONNX Runtime, which the preparing half of an engine never needs. Throws ENGINE_MISSING where the package is
 * not installed or has no binary for this machine.
 */
export async function loadOnnxRuntime(
  importRuntime: () => Promise<OnnxRuntime> = () => import("onnxruntime-node"),
): Promise<OnnxRuntime> {
  try {
    return await importRuntime();
  } catch (error) {
    const machine = `${process.platform}-${process.arch}`;
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new WeirError(
      "ENGINE_MISSING",
      `onnxruntime-node could not be loaded on ${machine} (${reason}). Its package has binaries for linux-x64, ` +
        "linux-arm64, darwin-arm64, win32-x64 and win32-arm64. On one of these, install it again " +
        "(npm install onnxruntime-node); on Linux it also needs glibc 2.28 or newer.",
      { cause: error },
    );
  }
}
