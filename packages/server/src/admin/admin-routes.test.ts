import { fastify, type FastifyInstance } from "fastify";
import { WeirError } from "@weir/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addErrorAnswers } from "../http/error-answers.ts";
import { addRequestState } from "../http/request-state.ts";
import { addAdminRoutes } from "./admin-routes.ts";
import type { AdminModel, ModelAdmin, ModelSource } from "./model-admin.ts";

const describeModel = (name: string, { path, replicas = 1 }: ModelSource): AdminModel => ({
  name,
  state: "ready",
  path,
  dimensions: 8,
  device: "cpu",
  precision: "fp32",
  replicas,
  jobs: 0,
});

/** A registry in memory; a path of `bad` cannot be loaded, one of `slow` only once `finish` is called. */
class MemoryAdmin implements ModelAdmin {
  readonly models = new Map<string, AdminModel>([["a", describeModel("a", { path: "/a" })]]);
  finish: () => void = () => {};
  started: () => void = () => {};

  aliasOf(name: string): string | undefined {
    return ({ other: "a", lost: "gone" } as Record<string, string>)[name];
  }
  list(): readonly AdminModel[] {
    return [...this.models.values()];
  }
  async load(name: string, source: ModelSource): Promise<AdminModel> {
    if (source.path === "bad") throw new WeirError("MODEL_INVALID", "bad: expected a model folder");
    if (source.path === "slow") {
      await new Promise<void>((resolve) => {
        this.finish = resolve;
        this.started();
      });
    }
    this.models.set(name, describeModel(name, source));
    return this.models.get(name)!;
  }
  swap(name: string, source: ModelSource): Promise<AdminModel> {
    return this.load(name, source);
  }
  async unload(name: string): Promise<void> {
    this.models.delete(name);
  }
}

let admin: MemoryAdmin;
let app: FastifyInstance;

beforeEach(() => {
  admin = new MemoryAdmin();
  app = fastify();
  app.setValidatorCompiler(() => () => true);
  addRequestState(app);
  addErrorAnswers(app);
  addAdminRoutes(app, admin);
});
afterEach(() => app.close());

const call = async (
  method: "GET" | "POST" | "PUT" | "DELETE",
  url: string,
  body?: object,
): Promise<{ status: number; body: unknown }> => {
  const answer = await app.inject({ method, url, ...(body === undefined ? {} : { payload: body }) });
  return { status: answer.statusCode, body: answer.json() };
};

describe("/admin/models", () => {
  it("lists, loads, swaps and unloads", async () => {
    expect(await call("GET", "/admin/models")).toMatchObject({
      status: 200,
      body: { models: [{ name: "a" }] },
    });
    expect(await call("POST", "/admin/models", { name: "org/b", path: "/b", replicas: 2 })).toMatchObject({
      status: 201,
      body: { name: "org/b", path: "/b", replicas: 2 },
    });
    expect(await call("PUT", "/admin/models/org%2Fb", { path: "/c" })).toMatchObject({
      status: 200,
      body: { path: "/c" },
    });
    expect(await call("DELETE", "/admin/models/org%2Fb")).toEqual({
      status: 200,
      body: { unloaded: "org/b" },
    });
    expect(admin.list()).toHaveLength(1);
  });

  it.each([
    ["POST", "/admin/models", {}, 400],
    ["POST", "/admin/models", [], 400],
    ["POST", "/admin/models", { name: "b" }, 400],
    ["POST", "/admin/models", { name: "", path: "/b" }, 400],
    ["POST", "/admin/models", { name: "b", path: "/b", threads: 0 }, 400],
    ["POST", "/admin/models", { name: "b", path: "/b", replicas: 1.5 }, 400],
    ["POST", "/admin/models", { name: "a", path: "/b" }, 400],
    ["PUT", "/admin/models/b", { path: "/b" }, 404],
    ["PUT", "/admin/models/a", {}, 400],
    ["DELETE", "/admin/models/b", undefined, 404],
  ] as const)("%s %s %j is refused with %i", async (method, url, body, status) => {
    expect((await call(method, url, body)).status).toBe(status);
    expect(admin.list()).toEqual([describeModel("a", { path: "/a" })]);
  });

  it("says why a model cannot be swapped in, and the old one stays", async () => {
    const answer = await call("PUT", "/admin/models/a", { path: "bad" });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("bad: expected a model folder") } },
    });
    expect(admin.list()).toMatchObject([{ name: "a", path: "/a" }]);
  });

  it("knows a model with and without :latest, as clients do", async () => {
    expect(await call("POST", "/admin/models", { name: "a:latest", path: "/b" })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("a model named a is served already") } },
    });
    expect(await call("PUT", "/admin/models/a:latest", { path: "/b" })).toMatchObject({
      status: 200,
      body: { name: "a", path: "/b" },
    });
    expect((await call("DELETE", "/admin/models/a:latest")).status).toBe(200);
    expect(admin.list()).toEqual([]);
  });

  it("swaps a model by its alias, loads none under that name, and unloads none by it", async () => {
    expect(await call("PUT", "/admin/models/other", { path: "/b" })).toMatchObject({
      status: 200,
      body: { name: "a", path: "/b" },
    });
    const said = (text: string): object => ({
      status: 400,
      body: { error: { message: expect.stringContaining(text), param: "name" } },
    });
    expect(await call("POST", "/admin/models", { name: "other", path: "/c" })).toMatchObject(
      said("expected one that is free, got other, an alias of a."),
    );
    expect(await call("POST", "/admin/models", { name: "lost", path: "/c" })).toMatchObject(
      said("an alias of gone"),
    );
    expect(await call("DELETE", "/admin/models/other")).toMatchObject(said("DELETE /admin/models/a"));
    expect(await call("DELETE", "/admin/models/lost")).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining("neither is gone, whose alias that is") } },
    });
    expect(admin.list()).toMatchObject([{ name: "a", path: "/b" }]);
  });

  it.each([
    [
      { path: "/b", device: "cuda" },
      /device: expected one of path, threads, replicas, precision, got "device"/,
    ],
    [{ path: "/b", replicas: 257 }, /replicas: expected a whole number from 1 to 256, got 257/],
    [
      { path: "/b", precision: "int4" },
      /precision: expected one of fp32, auto, int8, int8-accurate, got "int4"/,
    ],
    [{ path: "/b", threads: 0 }, /threads: expected a whole number from 1 to 1024, got 0/],
  ])("refuses what it would not do: %j", async (body, message) => {
    expect(await call("PUT", "/admin/models/a", body)).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(message) } },
    });
    expect(admin.list()).toMatchObject([{ path: "/a" }]);
  });

  it("changes a model once at a time", async () => {
    const started = new Promise<void>((resolve) => (admin.started = resolve));
    const first = call("PUT", "/admin/models/a", { path: "slow" });
    await started;
    expect(await call("PUT", "/admin/models/a", { path: "/b" })).toMatchObject({ status: 503 });
    expect(await call("DELETE", "/admin/models/a")).toMatchObject({ status: 503 });
    expect((await call("POST", "/admin/models", { name: "further", path: "/o" })).status).toBe(201);
    admin.finish();
    expect(await first).toMatchObject({ status: 200, body: { path: "slow" } });
    expect((await call("DELETE", "/admin/models/a")).status).toBe(200);
  });
});
