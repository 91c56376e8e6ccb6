import { describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { createMockCommand } from "./mock-command.ts";
import { resolveMockFlags } from "./resolve-mock-options.ts";

describe("weir mock", () => {
  it("says where it listens first, serves, and at the end how exact it was", async () => {
    const stop = new AbortController();
    let resolve: (url: string) => void = () => {};
    const url = new Promise<string>((listening) => {
      resolve = listening;
    });
    const { context, written } = createTestContext({
      signal: stop.signal,
      onWrite({ stdout }) {
        const address = /listening on (\S+)/.exec(stdout)?.[1];
        if (address !== undefined) resolve(address);
      },
    });
    const args = ["--port", "0", "--ttft", "0", "--gap", "0", "--chunks", "3"];
    const command = createMockCommand(context).parseAsync(args, { from: "user" });
    const body = JSON.stringify({ stream: true, messages: [{ role: "user", content: "x" }] });
    const answer = await fetch(`${await url}/v1/chat/completions`, { method: "POST", body });
    expect((await answer.text()).match(/"content":"[^"]/g)).toHaveLength(3);
    stop.abort();
    await command;
    expect(written.stdout).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n$/);
    expect(written.stderr).toMatch(/^answered 1 of 1 requests; half of all writes left within [\d.]+ ms/);
    expect(written.stderr).toMatch(/first token +1 /);
  });

  it("reads its flags in the units of people", () => {
    const options = resolveMockFlags({
      ttft: "80ms",
      gap: "0.5s",
      jitter: "0",
      errorRate: "1%",
      cutRate: "0.25",
      stall: "1s/10s",
      refuseWith: "429",
      slots: "30",
      queue: "0",
      slowdown: "10%",
      slope: "150%",
      cliff: "50/10x",
      noise: "0.2",
    });
    expect(options).toMatchObject({
      ttftMs: 80,
      gapMs: 500,
      jitterMs: 0,
      errorRate: 0.01,
      cutRate: 0.25,
      stall: { kind: "periodic", forMs: 1000, everyMs: 10_000 },
      refusalStatus: 429,
      slots: 30,
      queue: 0,
      slowdownRate: 0.1,
      slopeRate: 1.5,
      cliff: { holds: 50, factor: 10 },
      noiseRate: 0.2,
      port: 8787,
    });
    expect(resolveMockFlags({ stall: "2s/5%" }).stall).toEqual({ kind: "random", forMs: 2000, rate: 0.05 });
    expect(resolveMockFlags({}).refusalStatus).toBeUndefined();
  });

  it("names every problem at once", () => {
    const bad = {
      ttft: "80",
      errorRate: "300%",
      stall: "10s/1s",
      refuseWith: "200",
      chunks: "0",
      cliff: "50/0x",
    };
    const message = (): unknown => {
      try {
        return resolveMockFlags(bad);
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const flag of ["--ttft", "--error-rate", "--stall", "--refuse-with", "--chunks", "--cliff"])
      expect(message()).toContain(`${flag}: expected`);
  });
});
