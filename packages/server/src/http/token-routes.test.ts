import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

let weir: RunningServer;

beforeAll(async () => {
  weir = await startWeir();
});
afterAll(() => weir[Symbol.asyncDispose]());

async function post(path: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(weir.url + path, { method: "POST", body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

it("/tokenize gives the tokens of each text, with special ones or without, and /embed takes them", async () => {
  const [tokens, ...others] = (await post("/tokenize", { inputs: "What is Deep Learning?" })).body as {
    id: number;
    text: string;
    special: boolean;
  }[][];
  expect(others).toEqual([]);
  expect(tokens!.map(({ text }) => text)).toEqual(["<open>", "What", "is", "Deep", "Learning?", "<close>"]);
  expect(tokens!.map(({ special }) => special)).toEqual([true, false, false, false, false, true]);
  const ids = tokens!.map(({ id }) => id);
  const byText = await post("/embed", { inputs: "What is Deep Learning?" });
  expect((await post("/embed", { inputs: [ids] })).body).toEqual(byText.body);
  const bare = await post("/tokenize", { inputs: ["a b", ""], add_special_tokens: false });
  expect((bare.body as unknown[][]).map((list) => list.length)).toEqual([2, 0]);
});

it("/decode gives a text for each list of ids", async () => {
  expect((await post("/decode", { ids: [1, 40, 2] })).body).toEqual(["40"]);
  expect((await post("/decode", { ids: [[1, 40, 2], [41]], skip_special_tokens: false })).body).toEqual([
    "1 40 2",
    "41",
  ]);
});

it("refuses what is no text, too long, or too many", async () => {
  expect((await post("/tokenize", { inputs: [] })).status).toBe(400);
  const unknown = await post("/tokenize", { inputs: "a", prompt_name: "query" });
  expect(unknown).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("this model has none") },
  });
  expect((await post("/decode", { ids: "a" })).status).toBe(400);
  expect((await post("/tokenize", { inputs: "a ".repeat(140_000) })).status).toBe(413);
  expect((await post("/tokenize", { inputs: Array.from({ length: 2_049 }, () => "a") })).status).toBe(400);
});
