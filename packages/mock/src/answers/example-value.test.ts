import { expect, it } from "vitest";
import { toExampleValue } from "./example-value.ts";

it.each([
  [{ type: "integer", minimum: 3 }, 3],
  [{ type: "integer", exclusiveMinimum: 3 }, 4],
  [{ type: "integer", minimum: 5, multipleOf: 4 }, 8],
  [{ type: "number", maximum: 0.25 }, 0.25],
  [{ type: "string", minLength: 6 }, "weirxx"],
  [{ type: "string", maxLength: 2 }, "we"],
  [{ type: "string", format: "date" }, "2024-02-29"],
  [{ enum: ["b", "a"] }, "b"],
  [{ const: 7 }, 7],
  [{ type: ["string", "null"] }, "weir"],
  [{ anyOf: [{ type: "boolean" }, { type: "null" }] }, true],
  [{ type: "array", items: { type: "boolean" }, minItems: 2 }, [true, true]],
  [{ allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] }, { a: 1, b: 2 }],
  [{ properties: { at: { $ref: "#/$defs/point" } }, $defs: { point: { const: "p" } } }, { at: "p" }],
])("a value for %j", (schema, value) => {
  expect(toExampleValue(schema)).toEqual(value);
});

it("ends for a schema that refers to itself", () => {
  const schema = { type: "object", properties: { child: { $ref: "#" } } };
  expect(JSON.stringify(toExampleValue(schema)).length).toBeLessThan(200);
});
