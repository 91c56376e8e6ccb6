import http from "node:http";
import type { ChatDialectName, ChatRequest } from "@weir/protocol";
import { chatDialects } from "@weir/protocol";
import { startMock, type MockOptions } from "@weir/mock";
import { createClosedLoopSchedule } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { listen } from "../fixtures/listen.ts";
import { parseHttpTarget } from "../http/http-target.ts";
import type { LoadResult } from "../run/load-result.ts";
import { runLoad } from "../run/run-load.ts";
import type { ChatPlan } from "./chat-plan.ts";
import { defaultChatTools } from "./chat-tools.ts";
import { createChatWorkload } from "./chat-workload.ts";
import { createSyntheticPrompts } from "./synthetic-prompts.ts";

const dialects = Object.keys(chatDialects) as ChatDialectName[];
const fast: Partial<MockOptions> = { ttftMs: 2, gapMs: 0.5, spin: false };

function planOf(changes: Partial<ChatPlan> = {}): ChatPlan {
  return {
    kind: "chat",
    dialect: "openai",
    model: "m",
    stream: true,
    prompts: createSyntheticPrompts({ inputTokens: 8, count: 3, seed: 1 }),
    maxTokens: 10,
    temperature: 0,
    ignoreEos: false,
    cache: { kind: "busted", start: "0000000z" },
    check: undefined,
    turns: { kind: "single" },
    ...changes,
  };
}

async function run(
  url: string,
  changes: Partial<ChatPlan>,
  requests: number,
  users = 2,
): Promise<LoadResult> {
  return await runLoad({
    url,
    workload: planOf(changes),
    schedule: createClosedLoopSchedule({ users, seed: 1 }),
    stop: { durationMs: undefined, requests },
    warmupMs: 0,
    transport: { headers: {}, connectTimeoutMs: 5000, timeoutMs: 5000 },
  });
}

interface Seen {
  readonly request: ChatRequest;
  readonly headers: http.IncomingHttpHeaders;
}

/** A server that keeps what it is asked and answers with `respond`. */
async function startServer(
  dialectName: ChatDialectName,
  respond: (seen: Seen, response: http.ServerResponse, index: number) => void,
): Promise<AsyncDisposable & { readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
      const { request: parsed } = chatDialects[dialectName].parseRequest(body);
      seen.push({ request: parsed, headers: request.headers });
      respond(seen.at(-1)!, response, seen.length - 1);
    });
  });
  const listening = await listen(server);
  return { url: listening.url, seen, [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() };
}

const textOf = ({ request }: Seen): string[] =>
  request.messages.map((message) =>
    message.role === "user"
      ? message.parts.map((part) => (part.kind === "text" ? part.text : "")).join("")
      : message.text,
  );
const openaiStream = (...deltas: readonly object[]): string =>
  `${deltas.map((delta) => `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`).join("")}data: [DONE]\n\n`;

describe("chat workload", () => {
  for (const dialect of dialects)
    for (const stream of [true, false])
      it(`counts the tokens and times of ${dialect} ${stream ? "streams" : "answers in one piece"}`, async () => {
        await using mock = await startMock({ ...fast, tokensPerChunk: 2 });
        const { counts, streams, unit, checks } = await run(mock.url, { dialect, stream }, 6);
        expect(counts).toMatchObject({ completed: 6, units: 60, failed: { total: 0 } });
        expect(unit).toBe("tokens");
        expect(checks).toMatchObject({ examined: 6, failed: 0 });
        expect(streams.usageKnownOf).toBe(6);
        expect(streams.tokens.output).toBe(60);
        // Eight words and the cache-buster, as the mock counts them.
        expect(streams.tokens.input).toBeGreaterThan(6 * 8);
        expect(streams.ttftMs?.n).toBe(stream ? 6 : undefined);
        expect(streams.chunkGapMs?.n).toBe(stream ? 6 * 4 : undefined);
        expect(streams.tpotMs?.n).toBe(stream ? 6 : undefined);
      });

  it("tells reasoning from visible output, and waits of the server in its own words", async () => {
    await using mock = await startMock({ ...fast, reasoningChunks: 4, chunks: 3, gapMs: 5 });
    const { streams } = await run(mock.url, { dialect: "ollama" }, 4, 1);
    // Of each request by itself; between requests a busy machine may turn them round.
    expect(streams.ttfoMs!.mean! - streams.ttftMs!.mean!).toBeGreaterThan(0);
    expect(streams.serverMs?.n).toBe(4);
    expect(streams.serverInferenceMs?.n).toBe(4);
  });

  it("counts no chunks as tokens where the server does not count", async () => {
    const answer = openaiStream({ content: "a" }, { content: "b" });
    await using server = await startServer("openai", (_seen, response) => response.end(answer));
    const { counts, streams } = await run(server.url, {}, 3);
    expect(counts).toMatchObject({ completed: 3, units: 0 });
    expect(streams.usageKnownOf).toBe(0);
    expect(streams.ttftMs?.n).toBe(3);
  });

  it("names what is wrong: cut and failing streams, refusals, answers that are too short or no stream", async () => {
    for (const [options, failure, message] of [
      [{ cutRate: 1 }, "closed-in-body", ""],
      [{ failRate: 1 }, "stream-error", "the mock was told to fail"],
      [{ errorRate: 1 }, "http-500", "status 500 instead of 200: "],
      [{ chunks: 2 }, "check-failed", "expected chunks>2, got 2"],
    ] as const) {
      await using mock = await startMock({ ...fast, ...options });
      const { counts } = await run(mock.url, { check: { comparison: ">", chunks: 2 } }, 2, 1);
      expect(counts.completed).toBe(0);
      expect(Object.keys(counts.failed.byKind)).toEqual([failure]);
      expect(counts.failed.byKind[failure]?.firstMessage).toContain(message);
    }
    await using whole = await startServer("openai", (_seen, response) => {
      response.setHeader("content-type", "application/json").end('{"choices":[{"message":{"content":"x"}}]}');
    });
    const { counts } = await run(whole.url, {}, 2, 1);
    expect(counts.failed.byKind["wrong-answer"]?.count).toBe(2);
    await using truncated = await startServer("openai", (_seen, response) => {
      response.end(openaiStream({ content: "x" }).replace("data: [DONE]\n\n", ""));
    });
    expect((await run(truncated.url, {}, 2, 1)).counts.failed.byKind["truncated-stream"]?.count).toBe(2);
  });

  it("puts a new word in front of every prompt, and sends a warm one as it is", async () => {
    const answer = openaiStream({ content: "a" });
    await using server = await startServer("openai", (_seen, response) => response.end(answer));
    const prompts = [
      {
        messages: [
          { role: "system", text: "Be brief." },
          { role: "user", parts: [{ kind: "text", text: "zq000000" }] },
        ],
      },
    ] as const;
    await run(server.url, { prompts }, 5);
    const first = server.seen.map((seen) => textOf(seen)[0]!);
    expect(new Set(first).size).toBe(5);
    expect(first.every((text) => /^0000[0-9a-z]{4} Be brief\.$/.test(text))).toBe(true);
    await run(server.url, { prompts, cache: { kind: "warm" } }, 2);
    expect(textOf(server.seen.at(-1)!)).toEqual(["Be brief.", "zq000000"]);
    expect(server.seen.at(-1)!.request).toMatchObject({ temperature: 0, maxTokens: 10, model: "m" });
  });

  it("goes on with a task while tools are called, as one turn, in every dialect that has tools", async () => {
    for (const dialect of ["openai", "anthropic", "ollama"] as const) {
      for (const stream of [true, false]) {
        await using mock = await startMock({ ...fast, toolCalls: 2 });
        const turns = { kind: "tools", toolTurns: 2, tools: defaultChatTools } as const;
        const { counts, checks, streams } = await run(
          mock.url,
          { dialect, stream, turns, maxTokens: 40 },
          3,
          1,
        );
        expect(counts).toMatchObject({ completed: 9, failed: { total: 0 } });
        expect(checks.tallies).toEqual({
          "tool-turns": { of: 6, right: 6 },
          "tool-names": { of: 6, right: 6 },
          "tool-json": { of: 6, right: 6 },
          "tool-schema": { of: 6, right: 6 },
          "text-turns": { of: 3, right: 3 },
        });
        expect(streams.firstToolCallMs?.n).toBe(stream ? 6 : undefined);
        expect(streams.completeToolCallMs?.n).toBe(stream ? 6 : undefined);
      }
    }
  });

  it("counts wrong calls, answers them all the same, and ends a task at a text", async () => {
    const call = (name: string, json: string): object => ({
      tool_calls: [{ index: 0, id: "c1", function: { name, arguments: json } }],
    });
    const answers = [
      call("get_weather", '{"town":1}'),
      call("get_weather", "{"),
      call("unknown", "{}"),
      { content: "done" },
    ];
    await using server = await startServer("openai", (_seen, response, index) =>
      response.end(openaiStream(answers[index % 4]!)),
    );
    const turns = { kind: "tools", toolTurns: 5, tools: defaultChatTools } as const;
    const { checks, counts } = await run(server.url, { turns }, 1, 1);
    expect(counts.completed).toBe(4);
    expect(checks.tallies).toMatchObject({
      "tool-turns": { of: 4, right: 3 },
      "tool-names": { of: 3, right: 2 },
      "tool-json": { of: 3, right: 2 },
      "tool-schema": { of: 3, right: 0 },
      "text-turns": { of: 0, right: 0 },
    });
    expect(server.seen.map(({ request }) => request.messages.length)).toEqual([1, 3, 5, 7]);
    const last = server.seen[3]!.request;
    expect(last.tools.map(({ name }) => name)).toEqual(defaultChatTools.map(({ name }) => name));
    expect(last.messages.slice(-2)).toMatchObject([
      { role: "assistant", toolCalls: [{ id: "c1", name: "unknown", argumentsJson: "{}" }] },
      { role: "tool", callId: "c1" },
    ]);
  });

  it("grows a conversation with its answers, and begins a new one after its rounds and after a failure", async () => {
    const answer = openaiStream({ reasoning_content: "hm" }, { content: "An" }, { content: "swer" });
    await using server = await startServer("openai", (_seen, response, index) => {
      if (index === 4) response.writeHead(503).end('{"error":{"message":"full"}}');
      else response.end(answer);
    });
    const turns = { kind: "conversation", rounds: 3, agentHeader: "X-Agent-Id" } as const;
    const { counts } = await run(server.url, { turns }, 8, 1);
    expect(counts.failed.byKind).toMatchObject({ "http-503": { count: 1 } });
    expect(counts.failed.byKind["http-503"]?.firstMessage).toBe("status 503 instead of 200: full");
    const seen = server.seen.map((request) => textOf(request));
    expect(seen.map(({ length }) => length)).toEqual([1, 3, 5, 1, 3, 1, 3, 5]);
    for (const index of [1, 2, 4, 6, 7]) expect(seen[index]!.slice(0, -2)).toEqual(seen[index - 1]);
    expect(seen[1]![1]).toBe("Answer");
    const ids = server.seen.map(({ headers }) => headers["x-agent-id"]);
    expect(new Set(ids).size).toBe(3);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(ids[5]).toBe("weir-0000000z-0-3");
  });

  it("sends the version that Anthropic asks for, unless another is given", async () => {
    await using server = await startServer("anthropic", (_seen, response) =>
      response.writeHead(400).end("{}"),
    );
    await run(server.url, { dialect: "anthropic" }, 1, 1);
    expect(server.seen[0]!.headers["anthropic-version"]).toBe("2023-06-01");
  });

  it("says before the run what cannot be sent", () => {
    const create = (changes: Partial<ChatPlan>): (() => unknown) => {
      const schedule = createClosedLoopSchedule({ users: 1, seed: 1 });
      const target = parseHttpTarget("http://127.0.0.1:1");
      return () => createChatWorkload(planOf(changes), schedule, target, {});
    };
    expect(create({ prompts: [] })).toThrow("at least one prompt");
    expect(create({ stream: false, check: { comparison: ">", chunks: 1 } })).toThrow(
      "needs answers that are streamed",
    );
    expect(create({ dialect: "anthropic", ignoreEos: true })).toThrow("--ignore-eos");
    expect(create({ dialect: "anthropic", maxTokens: undefined })).toThrow("--output-tokens");
    expect(create({ dialect: "ollama", model: undefined })).toThrow("--model");
    expect(create({ turns: { kind: "tools", toolTurns: 0, tools: [] } })).toThrow("toolTurns must be");
    expect(create({ turns: { kind: "tools", toolTurns: 1, tools: [] } })).toThrow("at least one tool");
    const broken = [{ name: "f", description: "", parameters: { type: "nothing" } }];
    expect(create({ turns: { kind: "tools", toolTurns: 1, tools: broken } })).toThrow("parameters of tool f");
    const rounds = { kind: "conversation", rounds: 2, agentHeader: undefined } as const;
    expect(create({ dialect: "ollama-generate", turns: rounds })).toThrow("use ollama");
  });
});
