import { Ajv2020 } from "ajv/dist/2020.js";
import { getLlama, LlamaGrammar } from "node-llama-cpp";
import { describe, expect, it } from "vitest";
import { createRandom, parseGbnf } from "../fixtures/gbnf.ts";
import { encodeGbnf } from "./encode-gbnf.ts";
import { naturalLimits, tightLimits } from "./grammar-limits.ts";
import { measureGrammar } from "./grammar-node.ts";
import { schemaGrammar } from "./schema-grammar.ts";

const schemas: readonly (readonly [string, unknown])[] = [
  ["anything", true],
  ["a string", { type: "string" }],
  ["lengths", { type: "string", minLength: 3, maxLength: 5 }],
  ["a long string", { type: "string", minLength: 250, maxLength: 1_099 }],
  ["an enum", { enum: ["a", 1, null, { b: ['"\\\n'] }] }],
  ["an enum of a type", { type: "string", enum: ["a", "b", 1] }],
  ["a constant", { const: "x" }],
  ["whole numbers", { type: "integer" }],
  ["a range", { type: "integer", minimum: 7, maximum: 1_203 }],
  ["a range about zero", { type: "integer", minimum: -12, maximum: 5 }],
  ["a range below zero", { type: "integer", exclusiveMinimum: -300, maximum: -98 }],
  ["a bound on one side", { type: "integer", minimum: 5 }],
  ["numbers", { type: "number" }],
  ["a share", { type: "number", minimum: 0, maximum: 1 }],
  ["an open share", { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 2 }],
  ["a narrow range", { type: "number", minimum: 0.25, maximum: 0.75 }],
  ["a range with a sign", { type: "number", minimum: -1.5, exclusiveMaximum: 20.25 }],
  ["temperatures", { type: "number", minimum: -20, maximum: 40 }],
  ["several types", { type: ["string", "null", "boolean"] }],
  [
    "properties",
    {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "integer" }, c: { type: "boolean" } },
      required: ["b"],
    },
  ],
  [
    "only optional ones",
    { type: "object", properties: { a: { type: "null" }, b: { type: "null" } }, additionalProperties: false },
  ],
  [
    "some at least",
    { type: "object", properties: { a: { type: "null" }, b: { type: "null" } }, minProperties: 1 },
  ],
  ["one that is not described", { type: "object", required: ["x"] }],
  ["none", { type: "object", additionalProperties: false }],
  ["a map", { type: "object", additionalProperties: { type: "integer" }, maxProperties: 2 }],
  [
    "a map with names",
    { type: "object", propertyNames: { pattern: "^[a-z]{2,4}$" }, additionalProperties: { type: "boolean" } },
  ],
  [
    "an array",
    { type: "array", items: { type: "integer", minimum: 0, maximum: 9 }, minItems: 2, maxItems: 4 },
  ],
  ["a long array", { type: "array", items: { const: 1 }, minItems: 12 }],
  ["an empty array", { type: "array", maxItems: 0 }],
  [
    "a tuple",
    { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false, minItems: 2 },
  ],
  [
    "anyOf",
    {
      anyOf: [
        { type: "string" },
        { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
      ],
    },
  ],
  [
    "oneOf beside properties",
    {
      type: "object",
      properties: { k: { type: "string" } },
      required: ["k"],
      oneOf: [
        { properties: { k: { const: "a" } } },
        { properties: { k: { const: "b" }, n: { type: "null" } }, required: ["n"] },
      ],
    },
  ],
  [
    "allOf",
    {
      allOf: [
        { type: "object", properties: { a: { type: "integer", minimum: 1 } }, required: ["a"] },
        { properties: { a: { maximum: 3 }, b: { type: "string" } }, required: ["b"] },
      ],
    },
  ],
  [
    "definitions",
    {
      type: "object",
      properties: { p: { $ref: "#/$defs/point" }, q: { $ref: "#/$defs/point", description: "also" } },
      required: ["p"],
      $defs: {
        point: {
          type: "object",
          properties: { x: { type: "number" }, y: { type: "number" } },
          required: ["x", "y"],
        },
      },
    },
  ],
  [
    "a tree",
    {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          type: "object",
          properties: {
            name: { type: "string", maxLength: 3 },
            children: { type: "array", items: { $ref: "#/$defs/node" } },
          },
          required: ["name", "children"],
          additionalProperties: false,
        },
      },
    },
  ],
  [
    "a list of links",
    {
      type: "object",
      properties: { value: { type: "integer" }, next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
      required: ["value", "next"],
    },
  ],
  ["a pattern", { type: "string", pattern: "^(?:[A-Z]{2}|x+y?)-\\d{2,3}$" }],
  ["a pattern with JSON's marks", { type: "string", pattern: '^["\\\\a]+[^a-z"]*\\.$' }],
  ["a pattern that is not anchored", { type: "string", pattern: "(ab)+|c\\s.\\w" }],
  [
    "dates",
    {
      type: "object",
      properties: {
        d: { type: "string", format: "date" },
        t: { type: "string", format: "date-time" },
        u: { type: "string", format: "uuid" },
      },
      required: ["d", "t", "u"],
    },
  ],
  [
    "keys to be escaped",
    {
      type: "object",
      properties: { 'a"\\\n': { type: "null" }, "</tool_call>": { type: "null" } },
      required: ['a"\\\n'],
    },
  ],
];

const widths = [
  ["natural", naturalLimits(1_000)],
  ["tight", tightLimits[0]!],
  ["tightest", tightLimits.at(-1)!],
] as const;

describe.each(schemas)("the grammar of %s", (_, schema) => {
  it.each(widths)("allows only what the schema does (%s)", (width, limits) => {
    const node = schemaGrammar(schema, limits, "schema");
    const grammar = parseGbnf(encodeGbnf(node));
    const validate = new Ajv2020({ strict: false, logger: false }).compile(schema as object);
    const { min, max } = measureGrammar(node);
    const random = createRandom(7);
    for (let count = 0; count < 40; count += 1) {
      const text = grammar.write(random, width === "natural" ? 0.6 : 0.9);
      const value: unknown = JSON.parse(text);
      expect([text, validate(value), validate.errors]).toEqual([text, true, null]);
      expect(Array.from(text).length).toBeGreaterThanOrEqual(min);
      expect(Array.from(text).length).toBeLessThanOrEqual(max);
    }
  });
});

describe("what a model would write is allowed", () => {
  const person = {
    type: "object",
    properties: {
      name: { type: "string" },
      age: { type: "integer", minimum: 0, maximum: 150 },
      share: { type: "number", minimum: 0, maximum: 1 },
      tags: { type: "array", items: { type: "string" } },
    },
    required: ["name"],
  };
  const cases: readonly (readonly [schema: unknown, text: string, allowed: boolean])[] = [
    [person, '{"name": "Zoë \\"Z\\" 河\\n", "age": 42, "share": 0.50, "tags": ["a", "b"]}', true],
    [person, '{"name":"a","tags":[]}', true],
    [person, '{"name": "a",  "tags": []}', false],
    [person, '{"age": 1}', false],
    [person, '{"name": "a", "age": 151}', false],
    [person, '{"name": "a", "age": 07}', false],
    [person, '{"name": "a", "share": 1.5}', false],
    [person, '{"name": "a"', false],
    [true, '[1.25, -3, {"a": [null, true]}, "x"]', true],
    [{ type: "string" }, `"${"long ".repeat(800)}"`, true],
    [{ type: "string", minLength: 3 }, '"ab"', false],
    [{ type: "integer", minimum: -12, maximum: 5 }, "-12", true],
    [{ type: "integer", minimum: -12, maximum: 5 }, "-13", false],
    [{ type: "string", pattern: "^\\d{3}-[a-f]+$" }, '"123-abc"', true],
    [{ type: "string", pattern: "^\\d{3}-[a-f]+$" }, '"123-abg"', false],
    [{ type: "string", pattern: "^(?=a)b" }, '"whatever"', true],
    [{ type: ["string", "null"] }, "null", true],
    [{ type: "string", nullable: true }, "null", true],
  ];

  it.each(cases)("%j: %s is %s", (schema, text, allowed) => {
    const grammar = parseGbnf(encodeGbnf(schemaGrammar(schema, naturalLimits(2_000), "schema")));
    expect(grammar.allows(text)).toBe(allowed);
  });

  it("up to its very bounds", () => {
    const schema = { type: "string", minLength: 150, maxLength: 1_234 };
    const grammar = parseGbnf(encodeGbnf(schemaGrammar(schema, naturalLimits(2_000), "schema")));
    const lengths = Array.from({ length: 1_300 }, (_, length) => length);
    const allowed = lengths.filter(
      (length) => length % 41 === 0 || [149, 150, 1_233, 1_234, 1_235].includes(length),
    );
    for (const length of allowed)
      expect([length, grammar.allows(`"${"x".repeat(length)}"`)]).toEqual([
        length,
        length >= 150 && length <= 1_234,
      ]);
  });
});

it("is what llama.cpp reads", async () => {
  await using llama = await getLlama({ gpu: false, build: "never" });
  for (const [, schema] of schemas)
    for (const [, limits] of widths) {
      const grammar = encodeGbnf(schemaGrammar(schema, limits, "schema"));
      expect(() => new LlamaGrammar(llama, { grammar })).not.toThrow();
    }
});

describe("a schema is refused", () => {
  it.each([
    ["that allows nothing", false],
    ["that has no value", { type: "object", properties: { a: false }, required: ["a"] }],
    ["that contradicts itself", { allOf: [{ type: "string" }, { type: "integer" }] }],
    [
      "that does not end",
      {
        $ref: "#/$defs/a",
        $defs: { a: { type: "object", properties: { a: { $ref: "#/$defs/a" } }, required: ["a"] } },
      },
    ],
    ["that leads nowhere", { $ref: "#/$defs/nothing" }],
    ["that leads elsewhere", { $ref: "https://example.com/schema.json" }],
    ["of no known type", { type: "text" }],
    ["that is none", "string"],
  ])("%s", (_, schema) => {
    expect(() => schemaGrammar(schema, tightLimits[0]!, "response_format")).toThrow(
      /^response_format must be /,
    );
  });
});
