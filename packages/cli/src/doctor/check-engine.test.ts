import { WeirError } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { checkEngine, type EngineSubject } from "./check-engine.ts";

const subject: EngineSubject = {
  packageName: "@weir/engine-onnx",
  nativeName: "vitest",
  neededFor: "serving embedding models",
};
const here = { locate: () => import.meta.url, load: (address: string) => Promise.resolve(address) };

describe("checkEngine", () => {
  it("loads the package and its native library", async () => {
    await expect(checkEngine(subject, here)).resolves.toEqual({
      name: "@weir/engine-onnx",
      state: "ok",
      detail: "loads, and so does vitest",
    });
  });

  it("gives the line to type where the package is missing", async () => {
    const locate = (): string => {
      throw new WeirError("ENGINE_MISSING", "not installed");
    };
    await expect(checkEngine(subject, { ...here, locate })).resolves.toEqual({
      name: "@weir/engine-onnx",
      state: "warn",
      detail: "not installed",
      fix: "npm install @weir/engine-onnx (only needed for serving embedding models)",
    });
  });

  it("says why a library does not load", async () => {
    const load = (): Promise<unknown> => Promise.reject(new Error("libstdc++.so.6: no such file\nmore"));
    await expect(checkEngine(subject, { ...here, load })).resolves.toMatchObject({
      state: "fail",
      detail: "does not load: libstdc++.so.6: no such file",
      fix: expect.stringContaining("npm install @weir/engine-onnx vitest") as string,
    });
  });

  it("says so where the native library is not there", async () => {
    const checked = checkEngine({ ...subject, nativeName: "@weir/nothing-native" }, here);
    await expect(checked).resolves.toMatchObject({
      state: "fail",
      detail: expect.stringContaining("Cannot find module '@weir/nothing-native'") as string,
    });
  });
});
