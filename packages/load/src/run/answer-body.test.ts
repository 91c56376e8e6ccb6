import http from "node:http";
import { createClosedLoopSchedule } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { listen } from "../fixtures/listen.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { AnswerBody, longestAnswerBytes } from "./answer-body.ts";
import { runLoad } from "./run-load.ts";

const block = new Uint8Array(1024 * 1024).fill(0x20);

function appendAll(body: AnswerBody, bytes: number): boolean {
  let fits = true;
  for (let sent = 0; sent < bytes; sent += block.length) fits = body.append(block, 0, block.length);
  return fits;
}

describe("AnswerBody", () => {
  it("takes a whole answer up to its limit, and of a refusal the beginning", () => {
    const body = new AnswerBody();
    body.begin("all");
    expect(appendAll(body, longestAnswerBytes)).toBe(true);
    expect(body.kept.length).toBe(longestAnswerBytes);
    expect(body.append(block, 0, 1)).toBe(false);
    expect(body.kept.length).toBe(longestAnswerBytes);
    body.begin("start");
    expect(appendAll(body, longestAnswerBytes)).toBe(true);
    expect(body.kept.length).toBe(64 * 1024);
    expect(body.append(block, 0, 1)).toBe(false);
    body.begin("nothing");
    expect(appendAll(body, 2 * longestAnswerBytes)).toBe(true);
    expect(body.kept.length).toBe(0);
  });

  it("gives a large block back once the answers are small again", () => {
    const body = new AnswerBody();
    body.begin("all");
    appendAll(body, 8 * block.length);
    const held = (): number => body.kept.buffer.byteLength;
    body.begin("all");
    expect(held()).toBeGreaterThanOrEqual(8 * block.length);
    body.append(block, 0, 10);
    body.begin("all");
    expect(held()).toBeLessThan(block.length);
  });
});

describe("an answer without an end", () => {
  it.each([200, 500])("with status %i is given up", async (status) => {
    let closed = 0;
    await using server = await listen(
      http.createServer((_, response) => {
        response.writeHead(status);
        const fill = (): void => {
          while (!response.destroyed && response.write(block));
        };
        response.on("drain", fill);
        response.on("close", () => (closed += 1));
        fill();
      }),
    );
    const chat = {
      kind: "chat",
      dialect: "openai",
      model: "m",
      prompts: [{ messages: [{ role: "user", parts: [{ kind: "text", text: "a" }] }] }],
      stream: status !== 200,
      maxTokens: 1,
      temperature: 0,
      ignoreEos: false,
      check: undefined,
      turns: { kind: "single" },
      cache: { kind: "warm" },
    } as const;
    const plan = planFor(server.url, { stop: { requests: 2 }, users: 1 });
    const schedule = createClosedLoopSchedule({ users: 1, seed: 1 });
    const { counts } = await runLoad({ ...plan, workload: chat, schedule });
    expect(Object.keys(counts.failed.byKind)).toEqual(["answer-too-large"]);
    expect(counts.failed.byKind["answer-too-large"]).toMatchObject({
      count: 2,
      firstMessage: "the answer is longer than 64 MiB",
    });
    expect(closed).toBeGreaterThanOrEqual(1);
  });
});
