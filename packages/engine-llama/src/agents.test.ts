import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, toRequest } from "./fixtures/ask.ts";
import { createTinyFolder, type TinyFolder } from "./fixtures/open-tiny.ts";

let tiny: TinyFolder;

beforeAll(async () => {
  tiny = await createTinyFolder();
}, 60_000);

afterAll(async () => {
  await tiny[Symbol.asyncDispose]();
});

test("an agent goes on after a restart where its state file ends, and says the same", async () => {
  const memory = { directory: join(tiny.folder, "states"), diskBytes: 1e9 };
  const request = toRequest("Remember the river. ".repeat(20));
  const first = await tiny.open({ memory });
  const { text } = await ask(first, request, { agentId: "ann" });
  await first.persist(new AbortController().signal);
  await first[Symbol.asyncDispose]();

  await using second = await tiny.open({ memory });
  expect(second.listAgents("")).toMatchObject([{ id: "ann", state: "warm" }]);
  const again = await ask(second, request, { agentId: "ann" });
  expect(again.work).toMatchObject({ reuse: "disk", cachedInputTokens: again.work.inputTokens - 1 });
  expect(again.text).toBe(text);
  expect(await second.deleteAgent("", "ann")).toBe(true);
  expect(second.listAgents()).toEqual([]);
});

test("a beginning that the operator names is known to everyone from the start", async () => {
  const system = "You know every river of the land, and tell of them in few words. ".repeat(4);
  const prewarm = join(tiny.folder, "prewarm.json");
  await writeFile(prewarm, JSON.stringify([{ system }]));
  await using engine = await tiny.open({ memory: { diskBytes: 0, prewarm } });
  const request = toRequest("Hello?");
  const asked = { ...request, messages: [{ role: "system" as const, text: system }, ...request.messages] };
  const { work } = await ask(engine, asked);
  expect(work.reuse).toBe("prewarm");
  expect(work.cachedInputTokens).toBeGreaterThan(work.inputTokens / 2);
});

test("a prewarm file that says nothing is refused", async () => {
  const prewarm = join(tiny.folder, "empty.json");
  await writeFile(prewarm, JSON.stringify([{}]));
  await expect(tiny.open({ memory: { diskBytes: 0, prewarm } })).rejects.toMatchObject({ code: "USAGE" });
});

test("a beginning that the context has no room for is refused by the name of its file", async () => {
  const prewarm = join(tiny.folder, "long.json");
  await writeFile(
    prewarm,
    JSON.stringify([{ system: "river" }, { system: "the river brings ".repeat(20_000) }]),
  );
  await expect(tiny.open({ memory: { diskBytes: 0, prewarm } })).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(
      /^--prewarm: .*long\.json.* entry 1 has \d+ tokens, and --context has room for \d+/,
    ),
  });
});
