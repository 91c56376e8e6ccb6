import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMock } from "@weir/mock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { runMain } from "../main.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a command with a configuration of its own. */
async function runWith(
  config: unknown,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const path = join(folder, "weir.config.json");
  await writeFile(path, JSON.stringify(config));
  const { context, written } = createTestContext({ env: { ...env, WEIR_CONFIG: path } });
  const code = await runMain(argv, context);
  return { code, ...written };
}

describe("flags in weir.config", () => {
  it("are taken by the commands that measure; what is said nearer to the command beats them", async () => {
    await using mock = await startMock({ ttftMs: 1 });
    const config = {
      serve: { port: 1 },
      // Chat's flag says nothing to embeddings, and is no mistake there.
      measure: { requests: 3, users: 3, out: join(folder, "runs"), outputTokens: 9, maxRounds: 7 },
      run: { users: "2", slo: ["errors < 5%", "response.p50 < 60s"], quiet: true },
    };
    const told = await runWith(config, ["run", mock.url, "--json", "--requests", "4"], {
      WEIR_TEXT_SIZE: "50",
    });
    expect([told.code, told.stderr.split("\n").length < 40]).toEqual([0, true]);
    expect(JSON.parse(told.stdout)).toMatchObject({
      schedule: { users: 2 },
      plan: { limits: ["errors < 5%", "response.p50 < 60s"], stop: { requests: 4 } },
    });
  });

  it.each([
    [{ run: { user: 2 } }, 'expected a flag of weir run in run, got "user".'],
    [{ measure: { nothing: 2 } }, 'expected a flag of weir run in measure, got "nothing".'],
    [{ run: { quiet: "yes" } }, 'expected run.quiet as --quiet takes it, got "yes".'],
    [{ run: { users: [1, 2] } }, "expected run.users as --users <number> takes it, got [1,2]."],
    [{ runs: {} }, 'got "runs"'],
  ])("%j is refused", async (config, message) => {
    const { code, stderr } = await runWith(config, ["run", "http://127.0.0.1:1/"]);
    expect([code, stderr.replace(/^error: /, "")]).toEqual([2, expect.stringContaining(message)]);
  });

  it("mean nothing to other commands", async () => {
    expect((await runWith({ run: { user: 2 } }, ["models", "list"])).code).toBe(0);
  });
});
