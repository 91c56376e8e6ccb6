import { describe, expect, it } from "vitest";
import { resolveRunOptions } from "../resolve-run-options.ts";
import type { RunFlags } from "../run-flags.ts";
import { splitWords } from "./split-words.ts";

const base = "http://h:1";

async function kindOf(url: string, flags: RunFlags = {}): Promise<string> {
  const { workload } = await resolveRunOptions(url, flags, {});
  return workload.kind === "chat" ? `chat ${workload.turns.kind}` : workload.kind;
}

describe("the workload of a run", () => {
  it.each<[url: string, flags: RunFlags, kind: string, target: string]>([
    [base, {}, "embeddings", base],
    [`${base}/`, {}, "embeddings", base],
    [base, { batch: "3" }, "embeddings", base],
    [`${base}/behind`, { model: "m" }, "embeddings", `${base}/behind`],
    [`${base}/v1/embeddings`, {}, "embeddings", base],
    [`${base}/behind/v1/chat/completions`, {}, "chat single", `${base}/behind`],
    [`${base}/v1/messages`, {}, "chat single", base],
    [base, { inputTokens: "5" }, "chat single", base],
    [base, { dialect: "anthropic" }, "chat single", base],
    [base, { stream: false }, "chat single", base],
    [base, { toolTurns: "2" }, "chat tools", base],
    [base, { rounds: "2" }, "chat conversation", base],
    [base, { workload: "tools", temperature: "1" }, "chat tools", base],
    [base, { method: "DELETE" }, "http", base],
    [base, { body: "x" }, "http", base],
    [`${base}/items?x=1`, {}, "http", base],
    [`${base}/items`, { workload: "http" }, "http", base],
  ])("%s %j", async (url, flags, kind, target) => {
    expect(await kindOf(url, flags)).toBe(kind);
    expect((await resolveRunOptions(url, flags, {})).url).toBe(target);
  });

  it("takes an API's own path for that API, and asks where two share it", async () => {
    const dialectAt = async (path: string, flags: RunFlags = {}): Promise<unknown> => {
      const { workload, url } = await resolveRunOptions(
        base + path,
        { workload: "embeddings", ...flags },
        {},
      );
      return workload.kind === "embeddings" ? [workload.dialect, url] : workload.kind;
    };
    expect(await dialectAt("/v1/embeddings")).toEqual(["openai", base]);
    expect(await dialectAt("/api/embed")).toEqual(["ollama", base]);
    expect(await dialectAt("/embed")).toEqual(["auto", base]);
    expect(await dialectAt("/x/embed", { dialect: "tei" })).toEqual(["tei", `${base}/x`]);
    expect(await dialectAt("/x")).toEqual(["auto", `${base}/x`]);
  });

  it("says what it concluded from a path, and nothing where it was told", async () => {
    const told: string[] = [];
    const tell = (note: string): number => told.push(note);
    await resolveRunOptions(`${base}/a`, {}, {}, { tell });
    await resolveRunOptions(`${base}/a`, { workload: "http" }, {}, { tell });
    await resolveRunOptions(base, { body: "x" }, {}, { tell });
    expect(told).toEqual([expect.stringContaining("taken as plain HTTP, GET /a")]);
  });

  it("lets the environment say how a workload is, but not which", async () => {
    const flags: RunFlags = { batch: "7", workload: "embeddings", body: "x" };
    const ambient = new Set(["batch", "workload"]);
    expect(await resolveRunOptions(base, flags, {}, { ambient })).toMatchObject({
      workload: { kind: "http" },
    });
    const embeddings = await resolveRunOptions(base, { batch: "7" }, {}, { ambient });
    expect(embeddings).toMatchObject({ workload: { kind: "embeddings", batch: 7 } });
    const path = await resolveRunOptions(`${base}/a`, { workload: "embeddings" }, {}, { ambient });
    expect(path).toMatchObject({ url: `${base}/a`, workload: { kind: "embeddings" } });
  });

  it.each<[url: string, flags: RunFlags, message: string]>([
    [
      base,
      { workload: "http", batch: "3" },
      "--batch belongs to --workload embeddings, got --workload http.",
    ],
    [
      base,
      { workload: "embeddings", expect: "200" },
      "--expect belongs to --workload http or upload or image or pdf, got --workload embeddings.",
    ],
    [base, { workload: "embeddings", stream: false }, "--no-stream belongs to --workload chat"],
    [base, { body: "x", bodyFile: "y" }, "--body and --body-file exclude each other"],
    [base, { targets: "t", method: "GET" }, "--targets and --method exclude each other"],
    [`${base}/x`, { targets: "t" }, "the URL must name the server alone beside --targets, got the path /x"],
    [
      base,
      { bodyFile: "/not/there" },
      "--body-file: expected a file that can be read, got /not/there, which is not there.",
    ],
    [
      base,
      { body: "x", method: "a b" },
      '--method: expected a method such as GET, POST or DELETE, got "a b".',
    ],
    [base, { body: "x", expect: "good" }, "the expected status must be"],
    [base, { workload: "upload" }, "an upload needs the path that takes the files"],
    [`${base}/x`, { workload: "upload" }, "--files is missing"],
    [`${base}/x`, { files: "/not/there" }, "--files: expected a folder or a file, got /not/there"],
    [`${base}/x`, { files: "/not", raw: true, field: "f" }, "--raw and --field exclude each other"],
    [base, { workload: "scenario" }, "--scenario is missing"],
    [base, { mix: ["1 embeddings"], batch: "2" }, "--batch beside --mix says nothing"],
    [base, { mix: ["1 embeddings"], workload: "http" }, "--workload and --mix exclude each other"],
    [base, { mix: ["embeddings"] }, "--mix: expected a weight above 0, a workload and its flags"],
    [base, { mix: ["0 embeddings"] }, "--mix: expected a weight above 0"],
    [base, { mix: ["1 prose"] }, "--mix: expected embeddings, chat"],
    [base, { mix: ["1 http", "2 http"] }, "got http twice. Name them"],
    [base, { mix: ["1 http x"] }, 'expected a path that begins with a slash, got "x"'],
    [base, { mix: ["1 http --users 3"] }, "unknown option '--users'. A part has the flags of its workload"],
    [
      base,
      { mix: ["1 http --batch 3"] },
      "--mix: --batch belongs to --workload embeddings, got --workload http",
    ],
    [base, { mix: ["1 http '/x"] }, "a quote ' is never closed"],
    [`${base}/x?y=1`, { workload: "embeddings" }, "without query"],
  ])("refuses %s %j", async (url, flags, message) => {
    await expect(resolveRunOptions(url, flags, {})).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(message) as string,
    });
  });
});

describe("splitWords", () => {
  it("splits as a shell does", () => {
    expect(splitWords(`  a "b c"'d' e\\ f "" 'g\\' "\\"h"`)).toEqual(["a", "b cd", "e f", "", "g\\", '"h']);
    expect(splitWords(" ")).toEqual([]);
  });
});
