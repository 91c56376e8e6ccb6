import { describe, expect, it } from "vitest";
import { resolveDoctorOptions } from "./resolve-doctor-options.ts";

describe("resolveDoctorOptions", () => {
  it("fills the defaults", () => {
    expect(resolveDoctorOptions({}, {})).toEqual({ headers: {}, timeoutMs: 10_000 });
  });

  it("reads every flag", () => {
    const flags = {
      model: "m",
      dialect: "tei",
      header: ["X-Team: a: b ", "x-empty:"],
      keyEnv: "KEY",
      timeout: "500ms",
    };
    expect(resolveDoctorOptions(flags, { KEY: "secret" })).toEqual({
      model: "m",
      dialect: "tei",
      headers: { "X-Team": "a: b", "x-empty": "", Authorization: "Bearer secret" },
      timeoutMs: 500,
    });
  });

  it.each([
    ["1s", 1_000],
    ["1.5s", 1_500],
    ["2m", 120_000],
  ])("reads %s", (timeout, timeoutMs) => {
    expect(resolveDoctorOptions({ timeout }, {}).timeoutMs).toBe(timeoutMs);
  });

  it("names every problem at once", () => {
    const flags = { dialect: "grpc", header: ["nonsense"], keyEnv: "KEY", timeout: "soon" };
    expect(() => resolveDoctorOptions(flags, {})).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: [
          '--header: expected "Name: value", got something without a name and a colon.',
          "--key-env: expected the name of an environment variable that is set, got KEY, which is not. Run: export KEY=...",
          '--dialect: expected auto, openai, sidecar, tei, ollama, got "grpc".',
          '--timeout: expected a duration such as 500ms, 30s or 2m, got "soon".',
        ].join("\n"),
      }),
    );
  });
});
