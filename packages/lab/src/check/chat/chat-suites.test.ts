import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ChatDialectName } from "@weir/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatLoadRequest, RunRequest } from "../../run/run-request.ts";
import { runSuite, type FinishedCheck, type RunSuiteOptions } from "../run-suite.ts";
import { chatSuites } from "./chat-suites.ts";
import { startAgentServer, type AgentServerBehaviour } from "./fixtures/start-agent-server.ts";

// None of these looks at how long anything took: machines that run tests are busy.
describe("suites about chat", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-chat-suites-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  function baseOf(workload: Partial<ChatLoadRequest>, rest: Partial<RunRequest>): RunRequest {
    return {
      url: "http://127.0.0.1:9",
      workload: {
        kind: "chat",
        dialect: "openai",
        model: "m",
        stream: true,
        prompts: { source: "none", prompts: [] },
        maxTokens: 128,
        temperature: 0,
        ignoreEos: false,
        check: undefined,
        turns: { kind: "single" },
        cache: "busted",
        ...workload,
      },
      users: 1,
      seed: 1,
      durationMs: undefined,
      requests: undefined,
      warmupMs: 0,
      limits: [],
      headers: {},
      timeoutMs: 10_000,
      outDirectory: out,
      name: undefined,
      ...rest,
    };
  }

  interface Asked {
    readonly suite: string;
    readonly settings: Readonly<Record<string, number>>;
    readonly workload?: Partial<ChatLoadRequest>;
    readonly base?: Partial<RunRequest>;
  }

  async function check(url: string, asked: Asked): Promise<FinishedCheck> {
    const suite = chatSuites.find(({ name }) => name === asked.suite)!;
    for (const name of Object.keys(asked.settings)) expect(Object.keys(suite.settings ?? {})).toContain(name);
    const options: RunSuiteOptions = {
      target: { kind: "url", url },
      bases: [baseOf(asked.workload ?? {}, asked.base ?? {})],
      settings: asked.settings,
    };
    return await runSuite(suite, options);
  }

  async function checkServer(behaviour: AgentServerBehaviour, asked: Asked): Promise<FinishedCheck> {
    await using server = await startAgentServer(behaviour);
    const dialect = behaviour.dialect ?? "openai";
    return await check(server.url, { ...asked, workload: { dialect, ...asked.workload } });
  }

  const rowOf = ({ record }: FinishedCheck, key: string): FinishedCheck["record"]["rows"][number] => {
    const row = record.rows.find((each) => each.key === key);
    expect(row?.key).toBe(key);
    return row!;
  };
  const small = { requests: 3, checks: 12, "answer-tokens": 4 };
  const few = { users: 3, requests: 5, "answer-tokens": 4 };
  const crowd = { users: 3, duration: 1200, burst: 12, recovery: 1000, "answer-tokens": 4 };

  it.each<[dialect: ChatDialectName, stream: boolean]>([
    ["openai", true],
    ["openai", false],
    ["anthropic", true],
    ["ollama", true],
  ])("baseline measures a server of %s, stream %s", async (dialect, stream) => {
    const checked = await checkServer(
      { dialect },
      { suite: "baseline", settings: small, workload: { stream } },
    );
    expect(checked.record.rows.map(({ key }) => key)).toEqual([
      "start-up",
      "cold-start",
      "short/prompt-tokens",
      "short/answered",
      "short/p50",
      "short/slowest",
      "long/prompt-tokens",
      "long/answered",
      "long/p50",
      "long/slowest",
      "probe-health",
      "checks/answered",
      "checks/slowest",
    ]);
    expect(rowOf(checked, "short/answered")).toMatchObject({ status: "pass", value: 1 });
    expect(rowOf(checked, "short/prompt-tokens").value).toBe(51);
    expect(rowOf(checked, "long/prompt-tokens").value).toBeGreaterThanOrEqual(500);
    expect(rowOf(checked, "checks/answered").value).toBe(1);
    expect(rowOf(checked, "start-up")).toMatchObject({ status: "info", value: null });
    expect(checked.record.children).toHaveLength(2);
    expect(checked.record.verdict.sentence).toMatch(/first answer in .* one agent's requests of 50 tokens/);
  });

  it("baseline says what it cannot know: no health path, no counts", async () => {
    const checked = await checkServer(
      { health: false, counts: false },
      { suite: "baseline", settings: small },
    );
    expect(rowOf(checked, "checks/answered")).toMatchObject({
      status: "not-measured",
      measured: "no health path is known",
    });
    expect(rowOf(checked, "short/prompt-tokens").measured).toBe("the server does not count");
    expect(rowOf(checked, "short/answered").value).toBe(1);
  });

  it("baseline keeps what was found when the server dies half way", async () => {
    const checked = await checkServer({ diesAfter: 2 }, { suite: "baseline", settings: small });
    expect(rowOf(checked, "cold-start").value).not.toBeNull();
    expect(rowOf(checked, "short/answered").status).toBe("fail");
    expect(rowOf(checked, "long/slowest")).toMatchObject({ status: "not-measured", value: null });
    expect(checked.exitCode).toBe(1);
  });

  it.each(chatSuites.map(({ name }) => name))("%s says what was asked where nobody chats", async (suite) => {
    await using server = await startAgentServer({ dialect: "ollama-generate" });
    const checked = await check(server.url, { suite, settings: {}, workload: { dialect: "auto" } });
    expect(checked.record.verdict).toMatchObject({ kind: "not-measured" });
    expect(checked.record.verdict.sentence).toContain("none of the chat APIs works there");
    expect(checked.exitCode).toBe(6);
  });

  it("refuses an API that can hold no conversation", async () => {
    const asked = { suite: "agents", settings: few, workload: { dialect: "ollama-generate" } } as const;
    await expect(check("http://127.0.0.1:9", asked)).rejects.toThrow("Use --dialect ollama");
  });

  it.each<[dialect: ChatDialectName, stream: boolean]>([
    ["openai", true],
    ["anthropic", false],
  ])("agents finds %s agents left alone, and their past reused, stream %s", async (dialect, stream) => {
    const checked = await checkServer({ dialect }, { suite: "agents", settings: few, workload: { stream } });
    expect(rowOf(checked, "failed").value).toBe(0);
    expect(rowOf(checked, "foreign-words")).toMatchObject({ value: 0, status: "pass" });
    expect(rowOf(checked, "foreign-tokens")).toMatchObject({ value: 0, status: "pass" });
    expect(rowOf(checked, "reused")).toMatchObject({ value: 1, status: "pass" });
    expect(rowOf(checked, "hit-rate").value).toBeGreaterThan(0.5);
    expect(checked.exitCode).toBe(0);
    expect(checked.record.verdict.sentence).toMatch(
      /^3 agents had 15 answers, nothing of one came to another/,
    );
  });

  it("agents finds words of one agent in another's answers", async () => {
    const checked = await checkServer({ leaks: "words" }, { suite: "agents", settings: few });
    expect(rowOf(checked, "foreign-words").value).toBeGreaterThan(0);
    expect(rowOf(checked, "foreign-words")).toMatchObject({ status: "fail" });
    expect(rowOf(checked, "foreign-words").measured).toContain("has the secret word of agent");
    expect(checked.exitCode).toBe(1);
  });

  it("agents finds what was computed for one agent given to another", async () => {
    const checked = await checkServer({ leaks: "tokens" }, { suite: "agents", settings: few });
    expect(rowOf(checked, "foreign-words").value).toBe(0);
    expect(rowOf(checked, "foreign-tokens").status).toBe("fail");
  });

  it("agents holds nothing against a server that does not count, and begins anew what became too long", async () => {
    const uncounted = await checkServer({ counts: false }, { suite: "agents", settings: few });
    expect(rowOf(uncounted, "reused")).toMatchObject({
      status: "info",
      measured: "n/a: the server does not say",
    });
    expect(rowOf(uncounted, "foreign-tokens").status).toBe("info");
    expect(uncounted.exitCode).toBe(0);
    const short = await checkServer({ context: 100 }, { suite: "agents", settings: few });
    expect(rowOf(short, "restarted").value).toBeGreaterThan(0);
    expect(rowOf(short, "failed").value).toBe(0);
  });

  it("agents keeps what was lived when it is interrupted, and says where nothing was answered", async () => {
    const stopping = new AbortController();
    await using server = await startAgentServer({ answerMs: 20 });
    const finished = await runSuite(
      chatSuites.find(({ name }) => name === "agents")!,
      {
        target: { kind: "url", url: server.url },
        bases: [baseOf({}, {})],
        settings: { users: 2, requests: 100, "answer-tokens": 4 },
        signal: stopping.signal,
        onProgress: (doing) => {
          if (doing.endsWith("10 % are done")) stopping.abort();
        },
      },
    );
    expect(finished.exitCode).toBe(130);
    expect(rowOf(finished, "hit-rate").value).toBeGreaterThan(0.5);
    const silent = await checkServer({ places: 0, tellsWhen: true }, { suite: "agents", settings: few });
    expect(rowOf(silent, "failed").value).toBe(1);
    expect(silent.record.verdict.sentence).toContain("Not one turn of 3 agents was answered");
  });

  it("agents looks at a server's list of them, with the key and without it", async () => {
    const list = (visible: boolean): AgentServerBehaviour => ({
      get: {
        "/v1/agents": (ids, request) => {
          const mayLook = visible || request.headers.authorization !== undefined;
          return mayLook ? { data: ids.map((id) => ({ id, turns: 1 })) } : undefined;
        },
      },
    });
    const asked = { suite: "agents", settings: few, base: { headers: { authorization: "Bearer k" } } };
    const hidden = await checkServer(list(false), asked);
    expect(rowOf(hidden, "listed").value).toBe(3);
    expect(rowOf(hidden, "seen-without-key")).toMatchObject({ value: 0, status: "pass" });
    const open = await checkServer(list(true), asked);
    expect(rowOf(open, "seen-without-key")).toMatchObject({ value: 3, status: "fail" });
  });

  it.each([
    [true, 0, "pass"],
    [false, expect.any(Number) as number, "fail"],
  ] as const)(
    "agent-stress tells refusals from failures; told when: %s",
    async (tellsWhen, untold, status) => {
      const checked = await checkServer(
        { places: 1, answerMs: 500, tellsWhen },
        { suite: "agent-stress", settings: crowd },
      );
      expect(rowOf(checked, "burst/refused").value).toBeGreaterThan(0);
      expect(rowOf(checked, "burst/failed").value).toBe(0);
      expect(rowOf(checked, "burst/refused-untold")).toMatchObject({ value: untold, status });
      expect(rowOf(checked, "users-3/refused").value).toBeGreaterThan(0);
      expect(rowOf(checked, "users-3/refused").measured).toMatch(/\d+ times? 503/);
      expect(rowOf(checked, "recovery").limit).toBe("< 1,000 ms");
      expect(checked.record.children).toHaveLength(3);
    },
  );

  it("agent-stress goes on to its end with a server that has died", async () => {
    const checked = await checkServer({ diesAfter: 6 }, { suite: "agent-stress", settings: crowd });
    expect(rowOf(checked, "users-3/failed").status).toBe("fail");
    expect(rowOf(checked, "burst/failed")).toMatchObject({ value: 1, status: "fail" });
    expect(checked.exitCode === 1 || checked.exitCode === 5).toBe(true);
  });

  it("conversations measures four kinds at once, and whether short ones starve", async () => {
    const checked = await checkServer(
      {},
      {
        suite: "conversations",
        settings: { duration: 2500, users: 2, "long-tokens": 200, "answer-tokens": 4 },
      },
    );
    for (const kind of ["short", "long", "bursty", "sporadic"])
      expect(rowOf(checked, `${kind}/failed`)).toMatchObject({ value: 0, status: "pass" });
    expect(rowOf(checked, "long/hit-rate").value).toBeGreaterThan(0);
    expect(rowOf(checked, "short/wait").metric).toContain("beside a long one's");
    expect(checked.record.children).toHaveLength(5);
  });

  it("soak says that there was too little to tell, and counts what it saw", async () => {
    const checked = await checkServer(
      { get: { "/metrics": () => "no text of Prometheus" } },
      { suite: "soak", settings: { duration: 2000, users: 2, rate: 10, "answer-tokens": 4 } },
    );
    expect(rowOf(checked, "failed").value).toBe(0);
    expect(rowOf(checked, "answered").value).toBeGreaterThan(0);
    expect(rowOf(checked, "p95-slope")).toMatchObject({ status: "not-measured" });
    expect(rowOf(checked, "p95-slope").measured).toContain("too few answers");
    expect(checked.record.children).toHaveLength(1);
  });
});
