import { createChatRequest, type ChatEvent, type ChatRequest, type ChatTool } from "@weir/protocol";
import { Ajv2020 } from "ajv/dist/2020.js";
import { getLlama, LlamaGrammar } from "node-llama-cpp";
import { describe, expect, it } from "vitest";
import { user, weatherTool } from "../fixtures/conversations.ts";
import { createRandom, parseGbnf } from "../fixtures/gbnf.ts";
import { createChatFormat, type ChatFormat } from "../template/chat-format.ts";

const noteTool: ChatTool = {
  name: "add-note",
  description: "Keeps a note.",
  parameters: {
    type: "object",
    properties: {
      title: { type: "string", minLength: 1 },
      tags: { type: "array", items: { enum: ["a", "<b>", 'c"'] } },
      author: { anyOf: [{ type: "null" }, { type: "object", properties: { name: { type: "string" } } }] },
    },
    required: ["title", "tags"],
    additionalProperties: false,
  },
};

const plainTool: ChatTool = { name: "now", description: "", parameters: {} };

const tools: readonly ChatTool[] = [weatherTool, noteTool, plainTool];

/** Mistral's later template says so by a mark of its own. */
const namedCalls =
  "{{ tools }}[INST]{% for m in messages %}{{ m.content }}{% endfor %}[/INST][TOOL_CALLS]x[ARGS]";

const families = ["qwen", "llama", "mistral", "gemma", "chatml", namedCalls];

function format(override: string): ChatFormat {
  let count = 0;
  return createChatFormat({
    template: undefined,
    architecture: "llama",
    bosToken: "",
    eosToken: "</s>",
    override,
    createId: () => `id${(count += 1)}`,
  });
}

interface Call {
  readonly name: string;
  json: string;
}

function readCalls(events: readonly ChatEvent[]): { readonly calls: readonly Call[]; readonly text: string } {
  const calls: Call[] = [];
  let text = "";
  for (const event of events) {
    if (event.kind === "tool-call") calls.push({ name: event.name, json: "" });
    else if (event.kind === "tool-arguments") calls[event.index]!.json += event.json;
    else if (event.kind === "text") text += event.text;
  }
  return { calls, text };
}

function answersOf(
  family: string,
  request: ChatRequest,
  maxTokens: number,
  tight = true,
): readonly ReturnType<typeof readCalls>[] {
  const given = format(family);
  const grammar = given.compileGrammar(request, { maxTokens, tight })!;
  const written = parseGbnf(grammar.gbnf);
  const random = createRandom(maxTokens);
  return Array.from({ length: 40 }, () => {
    const text = written.write(random, 0.6);
    expect(Array.from(text).length).toBeLessThanOrEqual(grammar.longestTokens);
    const parser = given.createParser(request);
    return readCalls([...parser.push(text), ...parser.end()]);
  });
}

const validators = new Map(
  tools.map(({ name, parameters }) => [
    name,
    new Ajv2020({ strict: false, logger: false }).compile(parameters),
  ]),
);

describe.each(families)("calls that are enforced of %s", (family) => {
  it("are read back as calls of the tools, with arguments of their shape, and nothing besides", () => {
    const request = createChatRequest([user("go")], { tools, toolChoice: { kind: "any" } });
    for (const maxTokens of [16, 64, 300, 2_000])
      for (const tight of [true, false])
        for (const { calls, text } of answersOf(family, request, maxTokens, tight)) {
          expect(text).toBe("");
          expect(calls.length).toBeGreaterThan(0);
          for (const { name, json } of calls)
            expect([json, validators.get(name)!(JSON.parse(json))]).toEqual([json, true]);
        }
  });

  it("are of the tool that is named, and one where they may not be parallel", () => {
    const request = createChatRequest([user("go")], {
      tools,
      toolChoice: { kind: "tool", name: "add-note" },
      parallelToolCalls: false,
    });
    for (const { calls } of answersOf(family, request, 2_000))
      expect(calls.map(({ name }) => name)).toEqual(["add-note"]);
  });

  it("may take the place of an answer in JSON where they are free", () => {
    const schema = {
      type: "object",
      properties: { answer: { type: "integer" } },
      required: ["answer"],
      additionalProperties: false,
    };
    const request = createChatRequest([user("go")], {
      tools,
      responseFormat: { kind: "json-schema", schema },
    });
    const answers = answersOf(family, request, 2_000);
    const texts = answers.filter(({ calls }) => calls.length === 0).map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.length).toBeLessThan(answers.length);
    for (const text of texts) expect(Object.keys(JSON.parse(text) as object)).toEqual(["answer"]);
  });
});

it("gives grammars that llama.cpp reads", async () => {
  await using llama = await getLlama({ gpu: false, build: "never" });
  const request = createChatRequest([user("go")], { tools, toolChoice: { kind: "any" } });
  for (const family of families)
    for (const tight of [true, false]) {
      const grammar = format(family).compileGrammar(request, { maxTokens: 4_000, tight })!.gbnf;
      expect(() => new LlamaGrammar(llama, { grammar })).not.toThrow();
    }
});

describe("a grammar's length", () => {
  const request = createChatRequest([user("go")], { tools: [noteTool], toolChoice: { kind: "any" } });

  it("keeps to the tokens that there are, where models do not end by themselves", () => {
    for (const maxTokens of [150, 300, 1_000, 8_000]) {
      const { shortestTokens, longestTokens } = format("qwen").compileGrammar(request, {
        maxTokens,
        tight: true,
      })!;
      expect(longestTokens).toBeLessThanOrEqual(maxTokens);
      expect(shortestTokens).toBeLessThanOrEqual(longestTokens);
    }
  });

  it("says where even the shortest answer may be cut off", () => {
    const shortest = '<tool_call>\n{"name":"add-note","arguments":{"title":"a","tags":[]}}\n</tool_call>';
    expect(format("qwen").compileGrammar(request, { maxTokens: 10, tight: true })!.shortestTokens).toBe(
      shortest.length,
    );
  });

  it("leaves room for long texts where models end what they begin", () => {
    const { longestTokens } = format("qwen").compileGrammar(request, { maxTokens: 4_000, tight: false })!;
    expect(longestTokens).toBeGreaterThan(16_000);
  });
});

describe("what is enforced", () => {
  it("is nothing where tools are free, and nothing of a raw prompt but its format", () => {
    const compile = (more: Partial<ChatRequest>): unknown =>
      format("qwen").compileGrammar(createChatRequest([user("go")], more), { maxTokens: 100, tight: true });
    expect(compile({ tools })).toBeUndefined();
    expect(compile({ tools, toolChoice: { kind: "none" } })).toBeUndefined();
    expect(compile({ tools, toolChoice: { kind: "any" }, rawPrompt: "x" })).toBeUndefined();
    expect(compile({ rawPrompt: "x", responseFormat: { kind: "json" } })).toBeDefined();
  });

  it("is JSON for response_format json", () => {
    const request = createChatRequest([user("go")], { responseFormat: { kind: "json" } });
    for (const maxTokens of [10, 100, 2_000])
      for (const { text } of answersOf("chatml", request, maxTokens))
        expect(JSON.parse(text)).toBeTypeOf("object");
  });

  it("has to be there", () => {
    const compile = (more: Partial<ChatRequest>) => () =>
      format("qwen").compileGrammar(createChatRequest([user("go")], more), { maxTokens: 100, tight: true });
    expect(compile({ toolChoice: { kind: "any" } })).toThrow(/^tool_choice must name one/);
    expect(compile({ tools, toolChoice: { kind: "tool", name: "other" } })).toThrow(/got "other"/);
    const broken: ChatTool = {
      name: "f",
      description: "",
      parameters: { properties: { a: { $ref: "#/x" } }, required: ["a"] },
    };
    expect(compile({ tools: [broken], toolChoice: { kind: "any" } })).toThrow(
      /^tools \(f\) parameters must be/,
    );
  });

  it.each<readonly [name: string, schema: Readonly<Record<string, unknown>>]>([
    ["a length that never ends", { type: "string", minLength: 1e9 }],
    ["a list that never ends", { type: "array", minItems: 1e9, items: { type: "string", minLength: 500 } }],
    ["a pattern that never ends", { type: "string", pattern: "^[a-z]{1000000000}$" }],
    ["parts within each other", nested(300)],
    ["parts that no stack reaches", nested(20_000)],
    ["properties by the ten thousand", { type: "object", properties: manyProperties(30_000) }],
    ["texts by the megabyte", { enum: Object.keys(manyProperties(60_000)).map((key) => key.repeat(9)) }],
    ["references that multiply", entangled(60, {})],
    ["references that multiply beside other keywords", entangled(40, { type: "object" })],
    ["alternatives that multiply", { allOf: Array.from({ length: 40 }, (_, at) => eitherOf(at)) }],
  ])("is refused where it would hold up everybody: %s", (_, schema) => {
    const request = createChatRequest([user("go")], { responseFormat: { kind: "json-schema", schema } });
    for (const tight of [true, false])
      expect(() => format("qwen").compileGrammar(request, { maxTokens: 1_000, tight })).toThrow(
        expect.objectContaining({ code: "INVALID_REQUEST" }),
      );
  });

  it.each(["^" + "(".repeat(40) + "a" + ")+".repeat(40) + "$", "^((((a?)*)*)*)*$", ".*".repeat(40) + "x"])(
    "is a pattern only where llama.cpp can follow it: %s",
    (pattern) => {
      const schema = { type: "string", pattern };
      const request = createChatRequest([user("go")], {
        responseFormat: { kind: "json-schema", schema },
      });
      const grammar = format("qwen").compileGrammar(request, { maxTokens: 4_000, tight: false })!;
      expect(grammar.gbnf.length).toBeLessThan(5_000);
      expect(grammar.longestTokens).toBeLessThanOrEqual(32_002);
    },
  );

  it("leaves no room for thoughts", () => {
    const thinking = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}{{ '<|im_start|>assistant\\n<think>\\n' }}{# </think> #}`;
    const given = format(thinking);
    const free = createChatRequest([user("go")]);
    expect(given.render(free).text).toMatch(/<think>\n$/);
    expect(given.createParser(free).push("hm")).toEqual([{ kind: "reasoning", text: "hm" }]);
    const bound = createChatRequest([user("go")], { responseFormat: { kind: "json" } });
    expect(given.render(bound).text).toMatch(/<think>\n\n<\/think>\n\n$/);
    expect(given.createParser(bound).push("{}")).toEqual([{ kind: "text", text: "{}" }]);
  });
});

function nested(levels: number): Readonly<Record<string, unknown>> {
  let schema: Readonly<Record<string, unknown>> = { type: "string" };
  for (let level = 0; level < levels; level += 1)
    schema = { type: "object", properties: { a: schema }, required: ["a"] };
  return schema;
}

function manyProperties(count: number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`property${at}`, { type: "string" }]));
}

/** Definitions each of which has all as properties. */
function entangled(
  count: number,
  beside: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const names = Array.from({ length: count }, (_, at) => `d${at}`);
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}`, ...beside }]));
  const $defs = Object.fromEntries(names.map((name) => [name, { type: "object", properties }]));
  return { $defs, $ref: "#/$defs/d0" };
}

function eitherOf(at: number): Readonly<Record<string, unknown>> {
  const one = (name: string): unknown => ({ type: "object", properties: { [name]: { type: "string" } } });
  return { anyOf: [one(`a${at}`), one(`b${at}`)] };
}
