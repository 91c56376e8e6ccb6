import { readFile } from "node:fs/promises";
import type { RunningServer } from "@weir/server";
import { WeirError } from "@weir/protocol";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpUser } from "../fixtures/http-user.ts";
import { createQuantizingEcho, usePrecisionFolders } from "../fixtures/quantizing-echo.ts";

const folders = usePrecisionFolders();
const quantizing = createQuantizingEcho({ int8: { dimensions: 6 } });

let weir: RunningServer;
beforeAll(async () => {
  weir = await startWeir({
    launchToken: "s3cret",
    // A path of /echo-16 is an echo engine with 16 dimensions.
    locateModel: async (path) => {
      if (path === folders().model) {
        const { engineModule, spec, cacheDirectory } = folders().replica(quantizing, { dimensions: 12 });
        return { engineModule, spec, cacheDirectory };
      }
      const dimensions = Number(/^\/echo-(\d+)$/.exec(path)?.[1]);
      if (Number.isNaN(dimensions)) throw new WeirError("MODEL_INVALID", `${path}: no model there`);
      return {
        engineModule: import.meta.resolve("@weir/engine/echo"),
        spec: { path, options: { dimensions } },
        replicas: dimensions === 32 ? 2 : "auto",
      };
    },
  });
});
afterAll(() => weir[Symbol.asyncDispose]());

async function admin(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${weir.url}/admin/models${path}`, {
    method,
    headers: { authorization: "Bearer s3cret" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

async function countDimensions(model: string): Promise<number> {
  const answer = await fetch(`${weir.url}/v1/embeddings`, {
    method: "POST",
    body: JSON.stringify({ model, input: "a", encoding_format: "float" }),
  });
  const body = (await answer.json()) as { data?: { embedding: number[] }[] };
  return body.data?.[0]!.embedding.length ?? answer.status;
}

describe("/admin/models", () => {
  it("loads a further model, which serves at once, and unloads it", async () => {
    const loaded = await admin("POST", "", { name: "more", path: "/echo-16" });
    expect(loaded).toMatchObject({
      status: 201,
      body: { name: "more", state: "ready", dimensions: 16, path: "/echo-16" },
    });
    expect(await countDimensions("more")).toBe(16);
    expect(await countDimensions("echo")).toBe(8);
    expect(await admin("DELETE", "/more")).toMatchObject({ status: 200 });
    expect(await countDimensions("more")).toBe(404);
    expect(await admin("GET", "")).toMatchObject({ body: { models: [{ name: "echo" }] } });
  });

  it("lays out its replicas as the server was told where the request does not say", async () => {
    expect(await admin("POST", "", { name: "two", path: "/echo-32" })).toMatchObject({
      body: { replicas: 2 },
    });
    expect(await admin("DELETE", "/two")).toMatchObject({ status: 200 });
    expect(await admin("POST", "", { name: "one", path: "/echo-32", replicas: 1 })).toMatchObject({
      body: { replicas: 1 },
    });
    expect(await admin("DELETE", "/one")).toMatchObject({ status: 200 });
  });

  it("makes weights in another precision, and says where the model was", async () => {
    const body = { path: folders().model, precision: "int8" };
    expect(await admin("POST", "", { name: "river", ...body })).toMatchObject({
      status: 201,
      body: { path: folders().model, dimensions: 6 },
    });
    expect(await admin("PUT", "/river", { ...body, precision: "fp32" })).toMatchObject({
      body: { path: folders().model, dimensions: 12 },
    });
    expect(await admin("PUT", "/river", body)).toMatchObject({ body: { dimensions: 6 } });
    expect(await readFile(folders().makings, "utf8")).toBe("int8\n");
    await admin("DELETE", "/river");
  });

  it("says why a model cannot be loaded, and nothing has changed", async () => {
    for (const path of ["/nothing", "/echo-0"]) {
      const { status, body } = await admin("POST", "", { name: "bad", path });
      expect(status).toBe(400);
      expect(JSON.stringify(body)).toContain(path === "/nothing" ? "no model there" : "dimensions");
    }
    expect(await countDimensions("bad")).toBe(404);
  });

  it("swaps a model under load without a failed request; a bad one leaves the old one serving", async () => {
    await admin("POST", "", { name: "swapped", path: "/echo-4", replicas: 2 });
    const seen = new Set<number>();
    let stop = false;
    const users = Array.from({ length: 6 }, async () => {
      while (!stop) seen.add(await countDimensions("swapped"));
    });
    const bad = await admin("PUT", "/swapped", { path: "/echo-0" });
    expect(bad.status).toBe(400);
    expect(JSON.stringify(bad.body)).toContain("dimensions must be a whole number of at least 1, got 0");
    expect(await countDimensions("swapped")).toBe(4);
    expect(await admin("PUT", "/swapped", { path: "/echo-12" })).toMatchObject({
      status: 200,
      body: { dimensions: 12, path: "/echo-12", replicas: 2 },
    });
    expect(await countDimensions("swapped")).toBe(12);
    stop = true;
    await Promise.all(users);
    // A status of an answer that failed would be among them.
    expect([...seen].toSorted((a, b) => a - b)).toEqual([12, 4].toSorted((a, b) => a - b));
    await admin("DELETE", "/swapped");
  });

  it("is not there where the server cannot find models", async () => {
    await using closed = await startWeir({ launchToken: "s3cret" });
    using user = createHttpUser(closed.url, { authorization: "Bearer s3cret" });
    expect((await user.get("/admin/models")).status).toBe(404);
  });
});
