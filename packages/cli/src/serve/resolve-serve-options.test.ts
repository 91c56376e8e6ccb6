import { describe, expect, it } from "vitest";
import { resolveServeOptions } from "./resolve-serve-options.ts";

describe("serve options", () => {
  it("have the documented defaults", () => {
    expect(resolveServeOptions({ model: ["a=/m"] })).toMatchObject({
      models: [{ name: "a", source: "/m" }],
      host: "127.0.0.1",
      port: 8787,
      limits: { jobs: 256, inputs: 2048, bodyBytes: 33_554_432 },
      startTimeoutMs: 120_000,
    });
  });

  it("name every problem at once", () => {
    const resolve = () =>
      resolveServeOptions({ model: ["/x/a", "/y/a"], port: "70000", threads: "two", bodyLimit: "-1" });
    expect(resolve).toThrow(/two models have the name a.*--body-limit.*--port.*70000.*--threads.*"two"/s);
  });

  it("ask for a model, and say how to do without", () => {
    expect(() => resolveServeOptions({})).toThrow("--model reference-embed-minilm");
  });
});
