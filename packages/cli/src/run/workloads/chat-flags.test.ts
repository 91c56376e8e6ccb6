import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ChatLoadRequest, RunRequest } from "@weir/lab";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveRunOptions } from "../resolve-run-options.ts";
import { createRunOptions, type RunFlags } from "../run-flags.ts";

describe("chat flags", () => {
  let folder = "";
  let prompts = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-chat-flags-"));
    prompts = path.join(folder, "prompts.jsonl");
    await writeFile(
      prompts,
      '"one"\n{"messages":[{"role":"system","content":"s"},{"role":"user","content":"two"}]}\n',
    );
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** Through the real options: what commander makes of a command line is part of it. */
  async function resolve(url: string, ...args: readonly string[]): Promise<RunRequest> {
    const command = new Command().exitOverride();
    for (const option of createRunOptions()) command.addOption(option);
    return await resolveRunOptions(url, command.parse(args, { from: "user" }).opts<RunFlags>(), {});
  }

  async function resolveChat(...args: readonly string[]): Promise<ChatLoadRequest> {
    const { workload } = await resolve("localhost:1", ...args);
    if (workload.kind !== "chat") throw new Error(`expected chat, got ${workload.kind}`);
    return workload;
  }

  it("has a default for everything", async () => {
    const request = await resolve("localhost:1", "--workload", "chat");
    expect(request).toMatchObject({
      stopFailures: 5,
      workload: {
        kind: "chat",
        dialect: "auto",
        model: undefined,
        stream: true,
        maxTokens: 128,
        temperature: 0,
        ignoreEos: false,
        check: undefined,
        turns: { kind: "single" },
        cache: "busted",
        prompts: { source: "made-up prompts of about 512 tokens" },
      },
    });
  });

  it("makes up prompts from the seed, each another", async () => {
    const made = async (seed: string, tokens: string): Promise<string[]> => {
      const { prompts: set } = await resolveChat("--seed", seed, "--input-tokens", tokens);
      return set.prompts.map(({ messages }) => JSON.stringify(messages));
    };
    const first = await made("1", "50");
    expect(new Set(first).size).toBe(64);
    expect(await made("1", "50")).toEqual(first);
    expect(await made("2", "50")).not.toEqual(first);
    const [short, long] = [first.join("").length, (await made("1", "500")).join("").length];
    expect(long / short).toBeGreaterThan(5);
  });

  it("reads what is to be sent and asked for", async () => {
    const workload = await resolveChat(
      "--workload",
      "chat",
      "--prompts",
      prompts,
      "--output-tokens",
      "9",
      "--ignore-eos",
      "--temperature",
      "0.7",
      "--check",
      "chunks >= 3",
      "--model",
      "m",
      "--dialect",
      "openai",
      "--cache",
      "warm",
      "--system",
      "be brief",
    );
    expect(workload).toMatchObject({
      dialect: "openai",
      model: "m",
      maxTokens: 9,
      ignoreEos: true,
      temperature: 0.7,
      check: { comparison: ">=", chunks: 3 },
      cache: "warm",
      prompts: {
        source: prompts,
        prompts: [
          { messages: [{ role: "system", text: "be brief" }, { role: "user" }] },
          { messages: [{ role: "system", text: "s" }, { role: "user" }] },
        ],
      },
    });
    expect((await resolveChat("--prompts", prompts)).maxTokens).toBeUndefined();
    await writeFile(path.join(folder, "system.txt"), "from a file");
    const { prompts: set } = await resolveChat("--system", `@${path.join(folder, "system.txt")}`);
    expect(set.prompts[0]!.messages[0]).toEqual({ role: "system", text: "from a file" });
  });

  it("streams unless told otherwise, and stops at five failures then only", async () => {
    expect((await resolveChat("--workload", "chat", "--stream")).stream).toBe(true);
    expect(await resolve("localhost:1", "--no-stream")).toMatchObject({
      stopFailures: undefined,
      workload: { kind: "chat", stream: false },
    });
  });

  it("knows turns of several requests", async () => {
    expect((await resolveChat("--workload", "tools")).turns).toMatchObject({ kind: "tools", toolTurns: 2 });
    const { turns } = await resolveChat("--tool-turns", "3");
    expect(turns.kind === "tools" && turns.tools.length > 0 && turns.toolTurns === 3).toBe(true);
    expect((await resolveChat("--rounds", "3", "--agent-header", "X-Agent-Id")).turns).toEqual({
      kind: "conversation",
      rounds: 3,
      agentHeader: "X-Agent-Id",
    });
  });

  it.each([
    ["http://h:1/v1/chat/completions", "http://h:1", "openai"],
    ["http://h:1/gateway/v1/messages", "http://h:1/gateway", "anthropic"],
    ["h:1/api/chat", "http://h:1", "ollama"],
    ["h:1/api/generate", "http://h:1", "ollama-generate"],
  ])("takes %s for chat", async (url, server, dialect) => {
    expect(await resolve(url)).toMatchObject({ url: server, workload: { kind: "chat", dialect } });
    expect((await resolve(url, "--output-tokens", "3")).workload.kind).toBe("chat");
    expect((await resolve(url, "--tool-turns", "3")).workload).toMatchObject({ turns: { kind: "tools" } });
  });

  it.each([
    [
      ["--workload", "chat", "--dialect", "tei"],
      '--dialect: expected auto, openai, anthropic, ollama, ollama-generate, got "tei"',
    ],
    [["--check", "tokens>2"], "--check: expected a condition on the chunks of a stream such as"],
    [["--check", "chunks>2", "--no-stream"], "--check and --no-stream exclude each other"],
    [["--temperature", "-1"], '--temperature: expected a number from 0 on, got "-1"'],
    [["--input-tokens", "0"], "--input-tokens: expected a whole number from 1 on"],
    [["--output-tokens", "x"], "--output-tokens: expected a whole number from 1 on"],
    [
      ["--ignore-eos", "--dialect", "anthropic"],
      "--ignore-eos: expected a dialect that can ask for it (openai), got anthropic",
    ],
    [
      ["--workload", "chat", "--tool-turns", "1"],
      "--tool-turns belongs to --workload tools, got --workload chat",
    ],
    [
      ["--workload", "tools", "--rounds", "1"],
      "--rounds belongs to --workload conversation, got --workload tools",
    ],
    [["--agent-header", "X Y"], "--agent-header: expected a header's name"],
    [
      ["--workload", "embeddings", "--no-stream"],
      "--no-stream belongs to --workload chat or tools or conversation",
    ],
    [["--prompts", "/no/such.jsonl"], "--prompts: expected a file that can be read, got /no/such.jsonl"],
    [["--system", "@/no/such"], "--system: expected a file that can be read, got /no/such"],
  ])("refuses %j", async (args, message) => {
    await expect(resolve("localhost:1", ...args)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(message) as string,
    });
  });

  it("wants an end for answers without one, and one length for prompts", async () => {
    await expect(resolve("localhost:1", "--prompts", prompts, "--ignore-eos")).rejects.toThrow(
      "--ignore-eos needs --output-tokens",
    );
    await expect(resolve("localhost:1", "--prompts", prompts, "--input-tokens", "5")).rejects.toThrow(
      "--prompts and --input-tokens exclude each other",
    );
  });

  it("names file and line of a prompt that is none", async () => {
    await writeFile(prompts, '"fine"\n{"role":"user"}\n');
    await expect(resolve("localhost:1", "--prompts", prompts)).rejects.toThrow(
      `--prompts: expected a JSON string, {"prompt": "..."} or {"messages": [...]} in line 2 of ${prompts}, got an object with role.`,
    );
  });
});
