import { expect, test } from "vitest";
import { createTinyFolder } from "../fixtures/open-tiny.ts";
import { ask, toRequest } from "../fixtures/ask.ts";

test("every seed is kept, the largest of 32 bits too", async () => {
  await using tiny = await createTinyFolder();
  await using engine = await tiny.open();
  for (const seed of [0, 1, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 33 - 1]) {
    const request = {
      ...toRequest("Tell me of the river."),
      temperature: 2,
      topP: 1,
      topK: 0,
      seed,
      maxTokens: 16,
    };
    const first = await ask(engine, request);
    expect((await ask(engine, request)).text, `seed ${seed}`).toBe(first.text);
  }
});
