import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

let weir: RunningServer;

beforeAll(async () => {
  weir = await startWeir({ limits: { heldBytes: 400_000 } });
});
afterAll(() => weir[Symbol.asyncDispose]());

async function post(path: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(weir.url + path, { method: "POST", body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

async function postVectors(path: string, body: unknown): Promise<{ status: number; body: number[][][] }> {
  const { status, body: vectors } = await post(path, body);
  return { status, body: vectors as number[][][] };
}

const mean = (tokens: readonly (readonly number[])[]): number[] =>
  tokens[0]!.map((_, index) => tokens.reduce((sum, token) => sum + token[index]!, 0) / tokens.length);

it("/embed_all gives the vectors of all tokens, whose mean is what /embed gives", async () => {
  // Lengths that make several batches, in an order that is not theirs.
  const inputs = Array.from({ length: 40 }, (_, index) => "word ".repeat(1 + ((index * 7) % 60)).trim());
  const all = await postVectors("/embed_all", { inputs });
  expect(all.status).toBe(200);
  expect(all.body.map((tokens) => tokens.length)).toEqual(inputs.map((text) => text.split(" ").length + 2));
  const pooled = await post("/embed", { inputs, normalize: false });
  all.body.forEach((tokens, row) =>
    mean(tokens).forEach((value, index) =>
      expect(value).toBeCloseTo((pooled.body as number[][])[row]![index]!, 5),
    ),
  );
});

it("takes one text, token ids and fewer values, and cuts what is too long", async () => {
  const { body } = await postVectors("/embed_all", { inputs: "What is Deep Learning?" });
  expect([body.length, body[0]!.length, body[0]![0]!.length]).toEqual([1, 6, 8]);
  const ids = await postVectors("/embed_all", { inputs: [[1, 40, 2]], dimensions: 3 });
  expect([ids.body[0]!.length, ids.body[0]![0]!.length]).toEqual([3, 3]);
  const long = await postVectors("/embed_all", { inputs: "long ".repeat(200) });
  expect(long.body[0]!.length).toBe(64);
});

it("refuses a list whose answer would not fit into memory", async () => {
  const refused = await post("/embed_all", { inputs: Array.from({ length: 50 }, () => "long ".repeat(60)) });
  expect(refused).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("split the list"), error_type: "Validation" },
  });
});
