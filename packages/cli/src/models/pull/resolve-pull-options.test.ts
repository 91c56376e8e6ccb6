import { describe, expect, it } from "vitest";
import { resolvePullOptions } from "./resolve-pull-options.ts";

describe("options of weir models pull", () => {
  it("come from flags before variables", () => {
    const env = { HF_ENDPOINT: "https://mirror.example/hf/", HF_TOKEN: " hf_abc\n" };
    const flags = { precision: "int8", timeout: "5s", retries: "0", connections: "2" };
    const options = resolvePullOptions("org/name@v1", flags, env);
    expect(options).toMatchObject({
      name: { repository: "org/name", revision: "v1" },
      wanted: { precision: "int8", file: undefined },
      token: "hf_abc",
      terms: { connections: 2, stallMs: 5_000, attempts: 1 },
    });
    expect(options.endpoint.href).toBe("https://mirror.example/hf/");
    const flagged = resolvePullOptions("org/name", { endpoint: "http://127.0.0.1:1" }, env);
    expect(flagged.endpoint.href).toBe("http://127.0.0.1:1/");
    expect(resolvePullOptions("org/name", {}, { HF_ENDPOINT: "" })).toMatchObject({ token: undefined });
  });

  it("are refused all at once, and no secret is repeated", () => {
    const resolve = (): unknown =>
      resolvePullOptions(
        "org/name",
        { precision: "int8", file: "a.onnx", connections: "0", timeout: "soon" },
        { HF_ENDPOINT: "https://user:s3cret@hub", HF_TOKEN: "hf_abc def" },
      );
    expect(resolve).toThrow(/--file: .*HF_ENDPOINT: .*password.*--connections: .*--timeout: .*HF_TOKEN: /s);
    expect(resolve).not.toThrow(/s3cret|hf_abc/);
    expect(() => resolvePullOptions("org/name", { endpoint: "ftp://hub" }, {})).toThrow(/--endpoint: .*ftp:/);
  });
});
