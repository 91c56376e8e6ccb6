import type { ChatEngine } from "@weir/engine";
import type { ChatTool } from "@weir/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, toRequest } from "./fixtures/ask.ts";
import { createTinyFolder, type TinyFolder } from "./fixtures/open-tiny.ts";

let tiny: TinyFolder;
let engine: ChatEngine;

beforeAll(async () => {
  tiny = await createTinyFolder();
  engine = await tiny.open();
}, 60_000);

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await tiny[Symbol.asyncDispose]();
});

const tool: ChatTool = {
  name: "get_level",
  description: "The water's level at a place.",
  parameters: {
    type: "object",
    properties: { place: { type: "string" }, unit: { enum: ["m", "ft"] } },
    required: ["place", "unit"],
    additionalProperties: false,
  },
};

test("a call that is enforced is one of the tool, with arguments of its schema", async () => {
  const request = toRequest("How high?", { tools: [tool], toolChoice: { kind: "any" }, maxTokens: 200 });
  const { groups, finish, text } = await ask(engine, request);
  const events = groups.flat();
  expect(text).toBe("");
  expect(finish?.reason).toBe("tool-calls");
  expect(events[0]).toMatchObject({ kind: "tool-call", index: 0, name: "get_level" });
  const first = events.filter((event) => event.kind === "tool-arguments" && event.index === 0);
  const args: unknown = JSON.parse(first.map((event) => ("json" in event ? event.json : "")).join(""));
  expect(args).toEqual({ place: expect.any(String), unit: expect.stringMatching(/^(m|ft)$/) });
});

test("an answer in JSON has the schema's shape, also from a model that is hot and must not end", async () => {
  const schema = {
    type: "object",
    properties: { name: { type: "string", maxLength: 8 }, deep: { type: "boolean" } },
    required: ["name", "deep"],
    additionalProperties: false,
  };
  const responseFormat = { kind: "json-schema", schema } as const;
  const more = { responseFormat, maxTokens: 120, temperature: 1.5, seed: 3, ignoreEos: true };
  const { text, finish } = await ask(engine, toRequest("A river, please.", more));
  expect(JSON.parse(text)).toEqual({ name: expect.any(String), deep: expect.any(Boolean) });
  expect(finish?.reason).toBe("end");
});
