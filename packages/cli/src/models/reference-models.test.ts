import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { createModelsCommand } from "./models-command.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function models(...args: readonly string[]): Promise<string> {
  const { context, written } = createTestContext({ env: { WEIR_CACHE_DIR: directory } });
  await createModelsCommand(context).parseAsync(args, { from: "user" });
  return written.stdout;
}

describe("weir models", () => {
  it("lists what can be built for chat, for embeddings and for ranking, and builds either", async () => {
    const listed = await models("list");
    expect(listed).toMatch(
      /^reference-chat-135m +134\.\d M parameters, \d+ MB +chat, 8192 tokens +not built$/m,
    );
    expect(listed).toMatch(/^reference-embed-tiny .* 32 dimensions, 48 tokens +not built$/m);
    const path = (await models("build", "reference-chat-15m")).trim();
    expect(path).toMatch(/reference-chat-15m.*\.gguf$/);
    const report = JSON.parse(await models("list", "--json")) as { models: Record<string, unknown>[] };
    expect(report.models).toContainEqual(
      expect.objectContaining({ name: "reference-chat-15m", kind: "chat", contextTokens: 8192, built: true }),
    );
    expect(report.models).toContainEqual(
      expect.objectContaining({ name: "reference-rank-tiny", kind: "rank", dimensions: 32, built: false }),
    );
  });

  it("say which names there are, where one is unknown", async () => {
    await expect(models("build", "reference-chat-9b")).rejects.toThrow(/reference-chat-135m/);
  });
});
