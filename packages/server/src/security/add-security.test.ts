import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { send, type Answer } from "../fixtures/http-user.ts";
import { createApiKey } from "./api-key.ts";
import { writeKeysFile } from "./keys-file.ts";

const embedBody = '{"texts":["a"]}';
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

describe("a server without keys on this machine", () => {
  let weir: RunningServer;
  beforeAll(async () => {
    weir = await startWeir({ security: { allowOrigins: ["https://app.example"], allowHosts: ["box.lan"] } });
  });
  afterAll(() => weir[Symbol.asyncDispose]());

  it.each(["localhost", "127.0.0.1:1", "[::1]:8787", "box.lan:80"])("answers to %s", async (host) => {
    expect((await send(`${weir.url}/embed`, { host }, "POST", embedBody)).status).toBe(200);
  });

  it.each(["rebound.example", "127.0.0.1.nip.example:8787", "localhost@evil.example"])(
    "refuses Host %s",
    async (host) => {
      const answer = await send(`${weir.url}/embed`, { host }, "POST", embedBody);
      expect(answer.status).toBe(403);
      expect(answer.text).toContain("--allow-host");
      expect((await send(`${weir.url}/health/live`, { host })).status).toBe(403);
      expect((await send(`${weir.url}/%zz`, { host })).status).toBe(403);
    },
  );

  it.each(["https://evil.example", "http://localhost:3000", "null"])(
    "refuses pages of %s",
    async (origin) => {
      const answer = await send(
        `${weir.url}/embed`,
        { origin, "content-type": "text/plain" },
        "POST",
        embedBody,
      );
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.text)).toMatchObject({
        code: "FORBIDDEN",
        detail: expect.stringContaining("--allow-origin"),
      });
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
      const preflight = { origin, "access-control-request-method": "POST" };
      expect((await send(`${weir.url}/embed`, preflight, "OPTIONS")).status).toBe(403);
    },
  );

  it("serves pages that come from itself", async () => {
    expect((await send(`${weir.url}/embed`, { origin: weir.url }, "POST", embedBody)).status).toBe(200);
  });

  it("serves pages of an allowed origin, whose browsers may read the answers", async () => {
    const origin = "https://app.example";
    const preflight = await send(
      `${weir.url}/v1/embeddings`,
      {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-api-key",
      },
      "OPTIONS",
    );
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-headers": "content-type,x-api-key",
      "access-control-allow-methods": expect.stringContaining("POST"),
      vary: "origin",
    });
    const answer = await send(`${weir.url}/embed`, { origin }, "POST", embedBody);
    expect(answer.status).toBe(200);
    expect(answer.headers["access-control-allow-origin"]).toBe(origin);
    expect(answer.headers["access-control-expose-headers"]).toContain("retry-after-ms");
    expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
    // Errors too, or the page could not tell why.
    const failed = await send(`${weir.url}/embed`, { origin }, "POST", "{");
    expect(failed.status).toBe(400);
    expect(failed.headers["access-control-allow-origin"]).toBe(origin);
  });
});

describe("a server with keys", () => {
  const infer = createApiKey({ name: "shop", scopes: ["infer"] });
  const slow = createApiKey({ name: "slow", scopes: ["infer"], limits: { requestsPerMinute: 2 } });
  const metrics = createApiKey({ name: "prometheus", scopes: ["metrics"] });
  const admin = createApiKey({ name: "operator", scopes: ["admin"] });
  const expired = createApiKey({ name: "old", scopes: ["admin"], expiresAt: "2001-01-01T00:00:00Z" });
  const records = [infer, slow, metrics, admin, expired].map(({ record }) => record);
  let directory: string;
  let apiKeysFile: string;
  let weir: RunningServer;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "weir-test-"));
    apiKeysFile = join(directory, "keys.json");
    await writeKeysFile(apiKeysFile, records);
    weir = await startWeir({ security: { apiKeysFile, keysIntervalMs: 10 }, launchToken: "s3cret" });
  });
  afterAll(async () => {
    await weir[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const embed = (headers: Record<string, string>): Promise<Answer> =>
    send(`${weir.url}/embed`, headers, "POST", embedBody);

  it("takes a key in either header", async () => {
    expect((await embed(bearer(infer.key))).status).toBe(200);
    expect((await embed({ authorization: `bearer ${admin.key}` })).status).toBe(200);
    expect((await embed({ "x-api-key": infer.key })).status).toBe(200);
  });

  it("takes a key that is good, whatever the other header has", async () => {
    const wrong = createApiKey({ name: "", scopes: ["admin"] }).key;
    expect((await embed({ ...bearer(wrong), "x-api-key": infer.key })).status).toBe(200);
    expect((await embed({ ...bearer(infer.key), "x-api-key": wrong })).status).toBe(200);
  });

  it.each([
    ["no key", {}],
    ["an unknown key", bearer(createApiKey({ name: "", scopes: ["admin"] }).key)],
    ["an expired key", bearer(expired.key)],
    ["another scheme", { authorization: `Basic ${infer.key}` }],
    ["the launch token", bearer("s3cret")],
  ])("answers 401 to %s, in the dialect's envelope", async (_what, headers: Record<string, string>) => {
    const answer = await embed(headers);
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toContain("Bearer");
    expect(answer.headers["x-should-retry"]).toBe("false");
    expect(JSON.parse(answer.text)).toMatchObject({ code: "UNAUTHENTICATED" });
    const openai = await send(`${weir.url}/v1/embeddings`, headers, "POST", "{}");
    expect(JSON.parse(openai.text)).toMatchObject({
      error: { type: "authentication_error", code: "unauthenticated" },
    });
    expect((await send(`${weir.url}/no/such/route`, headers)).status).toBe(401);
    expect((await send(`${weir.url}/openapi.json`, headers)).status).toBe(401);
  });

  it("answers 403 to a key without the route's scope", async () => {
    expect((await embed(bearer(metrics.key))).status).toBe(403);

    expect((await embed(bearer(admin.key))).status).toBe(200);
  });

  it.each(["/health", "/health/live", "/health/ready", "/health/startup"])(
    "answers %s without a key",
    async (path) => {
      expect((await send(weir.url + path)).status).toBe(200);
    },
  );

  it("takes other spellings of a probe's path for no probe", async () => {
    for (const path of ["//health/live", "/health/live/../../embed", "/health%2flive", "/health/live/x"])
      expect((await send(weir.url + path)).status, path).toBe(401);
  });

  it("lets a key send as much as it may in a minute, and says when to go on", async () => {
    const answers: Answer[] = [];
    for (let count = 0; count < 4; count++) answers.push(await embed(bearer(slow.key)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
    expect(answers[0]!.headers["x-ratelimit-remaining"]).toBe("1");
    const refused = answers[3]!;
    expect(Number(refused.headers["retry-after-ms"])).toBeLessThanOrEqual(60_000);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(refused.headers["x-should-retry"]).toBe("true");
    expect(JSON.parse(refused.text)).toMatchObject({ code: "RATE_LIMITED" });
    expect((await embed(bearer(infer.key))).status).toBe(200);
  });

  it("needs no allowed Host, and tells no page's browser anything", async () => {
    const answer = await embed({ ...bearer(infer.key), host: "weir.example", origin: "https://a.example" });
    expect(answer.status).toBe(200);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("forgets a revoked key without a restart", async () => {
    const revoked = createApiKey({ name: "leaver", scopes: ["infer"] });
    await writeKeysFile(apiKeysFile, [...records, revoked.record]);
    const status = async (): Promise<number> => (await embed(bearer(revoked.key))).status;
    await vi.waitFor(async () => expect(await status()).toBe(200), { interval: 10, timeout: 10_000 });
    await writeKeysFile(apiKeysFile, records);
    await vi.waitFor(async () => expect(await status()).toBe(401), { interval: 10, timeout: 10_000 });
    expect((await embed(bearer(infer.key))).status).toBe(200);
  });
});

describe("a server that others can reach", () => {
  it("does not start without keys", async () => {
    await expect(startWeir({ host: "0.0.0.0" })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/--api-keys.*--insecure-no-auth/s),
    });
  });

  it("starts without them where it is told to, and refuses foreign pages still", async () => {
    await using weir = await startWeir({ host: "0.0.0.0", security: { insecureNoAuth: true } });
    const url = weir.url.replace("0.0.0.0", "127.0.0.1");
    expect((await send(`${url}/embed`, { host: "weir.example" }, "POST", embedBody)).status).toBe(200);
    const foreign = { host: "weir.example", origin: "https://evil.example" };
    expect((await send(`${url}/embed`, foreign, "POST", embedBody)).status).toBe(403);
  });
});
