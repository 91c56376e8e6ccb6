import { startWeir } from "@weir/testkit";
import { describe, expect, it } from "vitest";
import { createHttpUser, until } from "../fixtures/http-user.ts";

/** Large, and no JSON: whoever reads it says so. */
const unreadable = `{"input": "${"a ".repeat(20_000)}`;

describe("a large body", () => {
  it("is not read where its request is refused whatever is in it; the connection goes on", async () => {
    await using server = await startWeir({
      echo: { blockMs: 60_000, blockWord: "held" },
      limits: { jobs: 0 },
      drainTimeoutMs: 1,
    });
    const [model] = await server.ready;
    using user = createHttpUser(server.url);
    expect((await user.post("/v1/embeddings", unreadable)).status).toBe(400);
    const holders = [createHttpUser(server.url), createHttpUser(server.url)];
    const held = holders.map((holder) => holder.embed(["held"]));
    await until(() => model!.jobsHeld === 2);

    const refused = await user.post("/v1/embeddings", unreadable);
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: "queue_full" } });
    expect(Number(refused.headers["retry-after-ms"])).toBeGreaterThan(0);
    expect(refused.headers["connection"]).toBe("keep-alive");
    // Of another class each: what the one before was promised is not theirs, whenever they come.
    const batch = { "x-request-class": "batch" };
    expect((await user.post("/api/embed", unreadable, batch)).status).toBe(503);
    // Small ones are read: what is wrong with them is said first.
    expect((await user.post("/v1/embeddings", "{")).status).toBe(400);
    expect((await user.get("/health/live")).status).toBe(200);
    expect(model!.admissionStats().totals.refused.full).toBe(2);

    // On a connection that ends with the answer, too.
    const close = { connection: "close", "x-request-class": "interactive" };
    expect((await user.post("/v1/embeddings", unreadable, close)).status).toBe(503);
    await server[Symbol.asyncDispose]();
    await Promise.all(held);
    for (const holder of holders) holder[Symbol.dispose]();
  });

  it("is read where which model it asks for is not known before", async () => {
    const model = { engineModule: import.meta.resolve("@weir/engine/echo"), spec: { path: "/" } };
    await using server = await startWeir({
      models: [
        { ...model, name: "a" },
        { ...model, name: "b" },
      ],
      limits: { jobs: 0 },
    });
    using user = createHttpUser(server.url);
    expect((await user.post("/v1/embeddings", unreadable)).status).toBe(400);
  });
});
