import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseHttpTarget } from "../http/http-target.ts";
import { planScenario } from "./scenario-workload.ts";

describe("planScenario", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-scenario-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function writeScenario(text: string): Promise<string> {
    const file = path.join(folder, "scenario.ts");
    await writeFile(file, text);
    return file;
  }

  const user = `*user() { yield { path: "/" } }`;
  it.each<[what: string, text: string, message: RegExp]>([
    ["an error of syntax", `export default {\n  name: "x",\n  user( {\n};`, /cannot be run: line [34]: /],
    [
      "an error while it is read",
      `\nconst a: any = undefined;\na.b;`,
      /cannot be run: line 3: Cannot read prop/,
    ],
    ["a module that is not there", `import "not-there";`, /Cannot find module 'not-there'/],
    ["no default export", `export const a = 1;`, /it has no default export/],
    ["another default export", `export default 3;`, /its default export is a number/],
    ["no name", `export default { ${user} };`, /name must be a text/],
    ["no user", `export default { name: "x", user: 3 };`, /user must be a generator function, got number/],
    ["steps twice", `export default { name: "x", steps: ["a", "a"], ${user} };`, /steps must be different/],
    ["a plain function", `export default { name: "x", user() { return 3; } };`, /a function of another kind/],
    ["an async generator", `export default { name: "x", async *user() {} };`, /got an async one/],
    ["no request", `export default { name: "x", *user() {} };`, /must yield at least one request, got none/],
    [
      "a throw at once",
      `export default { name: "x", *user() { throw new Error("oh"); } };`,
      /before the first request of a turn: oh/,
    ],
    [
      "no path",
      `export default { name: "x", *user() { yield 3; } };`,
      /must yield requests such as .* got 3/,
    ],
    [
      "a path of its own",
      `export default { name: "x", *user() { yield { path: "http://x/" }; } };`,
      /must begin with a slash/,
    ],
    [
      "an unknown step",
      `export default { name: "x", steps: ["a"], *user() { yield { step: "b", path: "/" }; } };`,
      /one of the scenario's steps \(a\), got "b"/,
    ],
    ["no step", `export default { name: "x", steps: ["a"], ${user} };`, /\(a\), got none/],
    [
      "an unknown stream",
      `export default { name: "x", *user() { yield { path: "/", stream: "sse" }; } };`,
      /stream must be one of openai, anthropic/,
    ],
    [
      "two bodies",
      `export default { name: "x", *user() { yield { path: "/", json: 1, body: "1" }; } };`,
      /json or body, got both/,
    ],
    [
      "an unreadable status",
      `export default { name: "x", *user() { yield { path: "/", expect: "ok" }; } };`,
      /expected status must be/,
    ],
    [
      "a header that cannot be",
      `export default { name: "x", *user() { yield { path: "/", headers: { "a b": "" } }; } };`,
      /header's name/,
    ],
  ])("names the file and what is wrong: %s", async (_, text, message) => {
    const file = await writeScenario(text);
    const plan = (): unknown => planScenario(file, parseHttpTarget("http://localhost:1"), {});
    expect(plan).toThrow(message);
    expect(plan).toThrow(expect.objectContaining({ code: "USAGE" }));
  });

  it.each([
    ["a turn", `export default { name: "x", *user() { while (true) {} } };`],
    ["a file", `while (true) {}`],
  ])("does not hang on %s that never comes back", async (_, text) => {
    const file = await writeScenario(text);
    const plan = (): unknown => planScenario(file, parseHttpTarget("http://localhost:1"), {}, 300);
    expect(plan).toThrow("did not yield within 0.3 s");
    expect(plan).toThrow(expect.objectContaining({ code: "USAGE" }));
  });

  it("names a file that is not there", () => {
    expect(() => planScenario("/not/there.ts", parseHttpTarget("http://localhost:1"), {})).toThrow(
      "must be a file that can be read, got /not/there.ts",
    );
  });
});
