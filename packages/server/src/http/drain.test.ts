import { startWeir } from "@weir/testkit";
import { describe, expect, it } from "vitest";
import { createHttpUser, until } from "../fixtures/http-user.ts";

describe("a server that is told to end", () => {
  it("is alive but not ready, takes no new work, and finishes what it has, the queue included", async () => {
    const server = await startWeir({ echo: { delayMs: 300 } });
    const [model] = await server.ready;
    const users = Array.from({ length: 4 }, () => createHttpUser(server.url));
    using late = createHttpUser(server.url);
    const answers = users.map((user) => user.embed(["a"]));
    await until(() => model!.jobsHeld === 4);
    const closed = server[Symbol.asyncDispose]();

    expect(server.phase).toBe("draining");
    expect((await late.get("/health/live")).status).toBe(200);
    const ready = await late.get("/health/ready");
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toEqual({ status: "unavailable", reason: "draining" });
    const refused = await late.embed(["b"]);
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text)).toMatchObject({ code: "NOT_READY" });
    expect(Number(refused.headers["retry-after-ms"])).toBeGreaterThan(0);
    expect(refused.headers["connection"]).toBe("close");

    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await closed;
    await expect(late.get("/health/live")).rejects.toThrow(/ECONNREFUSED|socket hang up|ECONNRESET/);
    for (const user of users) user[Symbol.dispose]();
  });

  it("tells those whose work is not done by the deadline, and ends", async () => {
    const server = await startWeir({ echo: { blockMs: 60_000, blockWord: "long" }, drainTimeoutMs: 50 });
    const [model] = await server.ready;
    const users = Array.from({ length: 3 }, () => createHttpUser(server.url));
    const answers = users.map((user) => user.embed(["long"]));
    await until(() => model!.jobsHeld === 3);
    await server[Symbol.asyncDispose]();
    for (const { status, text, headers } of await Promise.all(answers)) {
      expect(status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ code: "NOT_READY" });
      expect(headers["retry-after"]).toBe("1");
    }
    for (const user of users) user[Symbol.dispose]();
  });

  it("ends at once while clients hold idle connections", async () => {
    const server = await startWeir();
    using user = createHttpUser(server.url);
    expect((await user.embed(["a"])).status).toBe(200);
    await server[Symbol.asyncDispose]();
    expect(server.phase).toBe("draining");
  });
});
