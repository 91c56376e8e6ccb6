import { fastify, type FastifyInstance, type InjectOptions } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addErrorAnswers } from "../http/error-answers.ts";
import { addRequestState } from "../http/request-state.ts";
import { addSecurity, maySeeDetail } from "./add-security.ts";
import { openSecurity } from "./security.ts";

let app: FastifyInstance;

beforeEach(async () => {
  app = fastify();
  addRequestState(app);
  addErrorAnswers(app);
  await addSecurity(app, { security: await openSecurity({}, "127.0.0.1"), launchToken: "s3cret" });
  app.get("/admin/models", () => ({ models: [] }));
  app.get("/health", { config: { probe: true } }, (request) => ({ detail: maySeeDetail(request) }));
  app.get("/other", () => ({}));
});
afterEach(() => app.close());

const status = async (options: InjectOptions): Promise<number> =>
  (await app.inject({ headers: { host: "localhost" }, ...options })).statusCode;

describe("admin routes of a server without keys", () => {
  it("are for who launched it", async () => {
    const url = "/admin/models";
    const shows = (headers: Record<string, string>): Promise<number> =>
      status({ url, headers: { host: "localhost", ...headers } });
    expect(await shows({})).toBe(403);
    expect(await shows({ authorization: "Bearer wrong" })).toBe(403);
    expect(await shows({ authorization: "Bearer s3cret" })).toBe(200);
    expect(await shows({ "x-launch-token": "s3cret" })).toBe(200);
    expect(await shows({ authorization: "Bearer weir_other", "x-launch-token": "s3cret" })).toBe(200);
    expect(await shows({ authorization: "Bearer s3cret", "x-launch-token": "other" })).toBe(200);
    expect(await status({ url: "/other" })).toBe(200);
  });
});

describe("detail", () => {
  it.each([
    [{}, "127.0.0.1", true],
    [{}, "192.0.2.1", false],
    [{ "x-forwarded-for": "192.0.2.1" }, "127.0.0.1", false],
    [{ via: "1.1 proxy" }, "127.0.0.1", false],
  ])("with %j from %s: %s", async (headers, remoteAddress, detail) => {
    const answer = await app.inject({
      url: "/health",
      remoteAddress,
      headers: { host: "localhost", ...headers },
    });
    expect(answer.json()).toEqual({ detail });
  });
});
