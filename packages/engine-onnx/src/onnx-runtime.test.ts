import { expect, it } from "vitest";
import { loadOnnxRuntime } from "./onnx-runtime.ts";

it("says which machines ONNX Runtime has binaries for where it cannot be loaded", async () => {
  const missing = new Error(
    "Cannot find module '../bin/napi-v6/plan9/mips/onnxruntime_binding.node'\nRequire stack:",
  );
  await expect(loadOnnxRuntime(() => Promise.reject(missing))).rejects.toMatchObject({
    code: "ENGINE_MISSING",
    cause: missing,
    message: expect.stringMatching(
      /onnxruntime-node .*plan9.* linux-x64.*npm install onnxruntime-node/,
    ) as unknown,
  });
});
