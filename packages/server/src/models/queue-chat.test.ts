import { describe, expect, it } from "vitest";
import { hearChat, toChatRequest, useEchoChat } from "../fixtures/echo-chat.ts";
import { createChatCosts } from "./chat-cost.ts";
import { queueChat } from "./queue-chat.ts";

const startEcho = useEchoChat();
const { signal } = new AbortController();
const terms = { key: { id: "key" } };
const agent = { keyId: "key", id: undefined };

describe("a chat model behind its queue", () => {
  it("lets a hundred users with a deadline of two minutes through, and each learns how long it waited", async () => {
    const pool = await startEcho({ tokenGapMs: 2 });
    await using model = queueChat({ kind: "replicas", pool });
    model.calibrate();
    const whole = { ...terms, deadline: { kind: "whole", ms: 120_000 } } as const;
    const request = toChatRequest("a weir holds the river", { maxTokens: 32, ignoreEos: true });
    const asked = Array.from({ length: 100 }, () =>
      model.chat({ request, agent }, whole, { onEvents: () => {} }, new AbortController().signal),
    );
    const done = await Promise.all(asked);
    expect(done.every(({ outputTokens }) => outputTokens === 32)).toBe(true);
    expect(done[99]!.queueMs).toBeGreaterThan(done[0]!.queueMs);
    expect(model.admissionStats()).toMatchObject({ totals: { completed: 100, dispatched: 100 } });
    expect(pool.replicas).toMatchObject([{ jobsDone: 100 }]);
  });

  it("refuses what has no place before the model sees it, and says when to come again", async () => {
    const pool = await startEcho({ tokenGapMs: 60_000, slowText: "slow" }, { sequences: 1 });
    await using model = queueChat({ kind: "replicas", pool }, { maxJobs: 1 });
    const client = new AbortController();
    const heard = hearChat();
    const ask = (hooks = hearChat()) =>
      model.chat({ request: toChatRequest("slow answer"), agent }, terms, hooks, client.signal);
    const running = ask(heard);
    await heard.begun;
    const waiting = ask();
    await expect(ask()).rejects.toMatchObject({ code: "QUEUE_FULL", retryAfterMs: expect.any(Number) });
    expect(pool.replicas).toMatchObject([{ jobsUnderWay: 1 }]);
    client.abort();
    await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("cuts an answer that takes longer than its client said, and none that only takes long", async () => {
    const pool = await startEcho({ tokenGapMs: 60_000, slowText: "slow" });
    await using model = queueChat({ kind: "replicas", pool });
    const heard = hearChat();
    const job = { request: toChatRequest("slow answer"), agent };
    const deadline = { kind: "whole", ms: 200 } as const;
    await expect(model.chat(job, { ...terms, deadline }, heard, signal)).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(heard.text).toBe("slow");
  });
});

describe("what an answer costs", () => {
  const work = {
    inputTokens: 1_000,
    cachedInputTokens: 0,
    outputTokens: 101,
    reuse: "none",
    waitMs: 0,
    restoreMs: 0,
    promptMs: 500,
    generationMs: 1_000,
  } as const;

  it("is in generated tokens: a prompt's at the weight that was measured, none for what is remembered", () => {
    const costs = createChatCosts();
    // 0.5 ms for each token of the prompt, 10 ms for each of the answer.
    expect(costs.settle(work)).toBeCloseTo(1 + 50 + 101);
    expect(costs.settle({ ...work, cachedInputTokens: 1_000 })).toBeCloseTo(1 + 101);
  });

  it("is expected to be what answers were, and never more than a request allows", () => {
    const costs = createChatCosts();
    costs.settle(work);
    const long = toChatRequest("a", { maxTokens: 32_000 });
    expect(costs.estimate(long)).toBeCloseTo(1 + 101, 0);
    expect(costs.estimate({ ...long, maxTokens: 10 })).toBeCloseTo(1 + 10, 0);
    expect(costs.estimate({ ...long, maxTokens: 400, ignoreEos: true })).toBeCloseTo(1 + 400, 0);
  });
});
