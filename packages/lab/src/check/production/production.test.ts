import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunRequest } from "../../run/run-request.ts";
import type { CheckRecord } from "../check-record.ts";
import { runSuite } from "../run-suite.ts";
import { production } from "./production.ts";

/** A vector for each text, after 300 ms of waiting. What it does well or badly is said in between. */
const createProgram = ({
  options,
  before,
  ends,
}: {
  options: string;
  before: string;
  ends: string;
}): string => `
import http from "node:http";
let busy = 0;
const server = http.createServer(${options}, (request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const answer = (status, body, headers = {}) => response.writeHead(status, headers).end(body);
    ${before}
    busy += 1;
    setTimeout(() => {
      busy -= 1;
      const { input } = JSON.parse(Buffer.concat(chunks).toString());
      const data = [input].flat().map((_, index) => ({ object: "embedding", index, embedding: [0.6, 0.8] }));
      const body = { object: "list", model: "m", data, usage: { prompt_tokens: 1, total_tokens: 1 } };
      answer(200, JSON.stringify(body), { "content-type": "application/json" });
    }, 300);
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");
${ends}
`;

const careful = createProgram({
  options: "{ requestTimeout: 3000, headersTimeout: 3000, connectionsCheckingInterval: 50 }",
  before: `
    if (request.url === "/health/live" || request.url === "/health/ready") return answer(200, "{}");
    if (request.method === "GET") return answer(404, "{}");
    if (request.headers.authorization !== "Bearer right") return answer(401, "{}");
    if (busy >= 3) return answer(503, "{}", { "retry-after": "1" });`,
  ends: 'process.on("SIGTERM", () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });',
});

const careless = createProgram({
  options: "{}",
  before: `
    if (request.method === "GET") return answer(404, "{}");
    console.log(JSON.stringify(request.headers));
    if (busy >= 3) return answer(500, "{}");`,
  ends: "",
});

describe("production", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-production-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function check(
    program: string,
    headers: Readonly<Record<string, string>>,
    stalled: number,
  ): Promise<CheckRecord> {
    const file = path.join(folder, "server.mjs");
    await writeFile(file, program);
    const base: RunRequest = {
      url: "http://127.0.0.1",
      workload: {
        kind: "embeddings",
        dialect: "openai",
        model: "m",
        cache: "busted",
        texts: { source: "one", texts: ["abc"] },
        batch: 1,
      },
      users: 1,
      seed: 1,
      durationMs: undefined,
      requests: 1,
      warmupMs: 0,
      limits: [],
      headers,
      timeoutMs: 20_000,
      outDirectory: path.join(folder, "runs"),
      name: undefined,
    };
    const { record } = await runSuite(production, {
      target: { kind: "start", command: `"${process.execPath}" "${file}" {port}` },
      bases: [base],
      settings: { users: 8, duration: 2000, stalled, start: 60_000, probe: 20_000 },
    });
    return record;
  }

  const statusesOf = ({ rows }: CheckRecord): Record<string, string> =>
    Object.fromEntries(rows.map(({ key, status }) => [key, status]));

  it("passes a server that does all of it", { timeout: 120_000 }, async () => {
    const record = await check(careful, { Authorization: "Bearer right" }, 20_000);
    // The first depends on the machine, and the second on what else it has to do.
    const { "memory/limit": memory, "probes/under-load": probes, ...others } = statusesOf(record);
    expect([memory, probes]).not.toContain(undefined);
    expect(others).toEqual({
      "keys/needed": "pass",
      "keys/log": "pass",
      "start/time": "pass",
      "start/ready": "pass",
      "probes/there": "pass",
      "timeouts/answers": "pass",
      "retries/retry-after": "pass",
      "drain/in-flight": "pass",
      "drain/new-requests": "pass",
      "drain/exit": "pass",
      "timeouts/stalled-client": "pass",
    });
    expect(record.rows.find(({ key }) => key === "timeouts/stalled-client")!.measured).toMatch(/with 408$/);
  });

  it.skipIf(process.platform === "win32")(
    "says of one that does none of it what to do",
    { timeout: 120_000 },
    async () => {
      const record = await check(careless, { "X-Api-Key": "secret-of-the-user" }, 3000);
      expect(statusesOf(record)).toMatchObject({
        "keys/needed": "fail",
        "keys/log": "fail",
        "probes/there": "fail",
        "retries/retry-after": "fail",
        "drain/in-flight": "fail",
        "drain/exit": "fail",
        "timeouts/stalled-client": "fail",
      });
      for (const { status, advice } of record.rows) expect(advice === null).toBe(status !== "fail");
      expect(record.verdict.kind).toBe("limit-missed");
      expect(record.verdict.sentence).toMatch(/^Not ready for production: \d+ of \d+ missed \(.*keys;/);
      expect(JSON.stringify(record)).not.toContain("secret-of-the-user");
    },
  );
});
