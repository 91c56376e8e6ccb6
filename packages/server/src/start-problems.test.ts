import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WeirError } from "@weir/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findStartProblems, throwProblems } from "./start-problems.ts";
import { startServer } from "./start-server.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("what is wrong with a server's options", () => {
  it("comes in one message, before anything listens", async () => {
    const file = join(directory, "file");
    await writeFile(file, "");
    const starting = startServer({
      models: [{ name: "echo", engineModule: "nowhere:", spec: { path: "/" } }],
      aliases: { x: "nope" },
      host: "0.0.0.0",
      port: 0,
      allowRoots: [file, join(directory, "none"), directory],
      cache: { ramBytes: 0, disk: { directory: join(file, "embeddings"), maxBytes: 1e8 } },
      security: { allowOrigins: ["http://a/b"], allowHosts: ["a/b"] },
      version: "0.0.0-test",
    });
    await expect(starting).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(
        /^--alias: .*\(echo\), got "x=nope"\.\nother machines .*0\.0\.0\.0: .*\n--allow-origin: .*\n--allow-host: .*\n--cache-dir: .*embeddings: \S*file is a file\. Name another.*\n--allow-root: .*file, which is a file\.\n--allow-root: .*none, where nothing is\.$/,
      ),
    });
    const security = { apiKeysFile: join(directory, "none.json") };
    expect(await findStartProblems({ models: [], host: "0.0.0.0", security })).toEqual([
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining("weir keys create") }),
    ]);
  });

  it("is a name that two models have, :latest or not", async () => {
    const models = ["a", "b", "a:latest", "c", "b"].map((name) => ({ name }));
    expect((await findStartProblems({ models })).map(({ message }) => message)).toEqual([
      "--model: two models have the name a:latest. Give them names: --model NAME=PATH",
      "--model: two models have the name b. Give them names: --model NAME=PATH",
    ]);
  });

  it("is nothing where all is well", async () => {
    const models = [{ name: "echo" }];
    const aliases = { x: "y", y: "echo:latest" };
    const cache = { ramBytes: 0, disk: { directory: join(directory, "none/embeddings"), maxBytes: 1e8 } };
    const options = { models, aliases, allowRoots: [directory], unixSocket: "/x", cache };
    expect(await findStartProblems(options)).toEqual([]);
  });

  it("keeps its code where it is one problem, or problems of one kind", () => {
    const invalid = new WeirError("MODEL_INVALID", "a");
    expect(() => throwProblems([])).not.toThrow();
    expect(() => throwProblems([invalid])).toThrow(invalid);
    const thrown = (...codes: ("MODEL_INVALID" | "USAGE")[]) => {
      try {
        throwProblems(codes.map((code) => new WeirError(code, code)));
      } catch (error) {
        return (error as WeirError).code;
      }
      return undefined;
    };
    expect(thrown("MODEL_INVALID", "MODEL_INVALID")).toBe("MODEL_INVALID");
    expect(thrown("MODEL_INVALID", "USAGE")).toBe("USAGE");
  });
});
