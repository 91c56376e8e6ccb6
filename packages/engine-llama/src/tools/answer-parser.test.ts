import type { ChatEvent } from "@weir/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ToolStyle } from "../template/chat-family.ts";
import { createAnswerParser, type AnswerParser } from "./answer-parser.ts";
import { callFormatOf } from "./call-format.ts";

const think = { open: "<think>", close: "</think>" };

function parser(
  style: ToolStyle,
  beginsThinking = false,
  tools: readonly string[] = ["f", "get_weather"],
): AnswerParser {
  let count = 0;
  return createAnswerParser({
    thinking: think,
    beginsThinking,
    format: callFormatOf(style),
    toolNames: new Set(tools),
    createId: () => `id${(count += 1)}`,
  });
}

/** What the events of all pushes come to: one entry for each text, thought and call. */
function summary(events: readonly ChatEvent[]): readonly string[] {
  const lines: [kind: string, text: string][] = [];
  for (const event of events) {
    const last = lines.at(-1);
    if (event.kind === "tool-call") lines.push(["call", `${event.id} ${event.name} `]);
    else if (event.kind === "tool-arguments") last![1] += event.json;
    else if (event.kind === "finish") throw new Error("a parser does not finish");
    else if (last?.[0] === event.kind) last[1] += event.text;
    else lines.push([event.kind, event.text]);
  }
  return lines.map(([kind, text]) => `${kind}: ${text}`);
}

function read(style: ToolStyle, pieces: readonly string[], beginsThinking = false): readonly string[] {
  const reader = parser(style, beginsThinking);
  return summary([...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]);
}

const answers: readonly (readonly [ToolStyle, string, readonly string[]])[] = [
  ["hermes", "Hello, world.", ["text: Hello, world."]],
  ["hermes", "  a < b\n\n", ["text:   a < b\n\n"]],
  ["hermes", "<think>\nhm\n</think>\n\nYes.", ["reasoning: hm", "text: Yes."]],
  ["hermes", "See <think>", ["text: See <think>"]],
  [
    "hermes",
    'Let me see.\n<tool_call>\n{"name": "get_weather", "arguments": {"place": "Ulm \\"}", "days": [1, 2]}}\n</tool_call>',
    ["text: Let me see.", 'call: id1 get_weather {"place": "Ulm \\"}", "days": [1, 2]}'],
  ],
  [
    "hermes",
    '<tool_call>{"name":"f","arguments":{}}</tool_call>\n<tool_call>\n{"arguments": {"a": 1}, "name": "f"}\n</tool_call>\nDone.',
    ["call: id1 f {}", 'call: id2 f {"a":1}', "text: Done."],
  ],
  [
    "hermes",
    '<tool_call>\n{"name": "other", "arguments": {}}\n</tool_call>',
    ['text: <tool_call>\n{"name": "other", "arguments": {}}\n</tool_call>'],
  ],
  ["hermes", "<tool_call>\nnothing", ["text: <tool_call>\nnothing"]],
  ["hermes", '<tool_call>\n{"name": "f", "arguments": {"a": "b', ['call: id1 f {"a": "b"}']],
  ["hermes", '<tool_call>\n{"name": "f", "arguments": {"a": tr', ['call: id1 f {"a": true}']],
  ["hermes", '<tool_call>\n{"name": "f", "arguments": {"a" 1}}', ['call: id1 f {"a" :null}', "text: 1}}"]],
  ["hermes", '<tool_call>{"name": "f", "arguments": "{\\"a\\": 1}"}</tool_call>', ['call: id1 f {"a":1}']],
  ["hermes", '<tool_call>{"function": {"name": "f", "arguments": {"a": 1}}}', ['call: id1 f {"a":1}']],
  ["hermes", '<tool_call>{"name": "f"}</tool_call> ', ["call: id1 f {}"]],
  ["llama", '{"name": "f", "parameters": {"a": {"b": 1}}}', ['call: id1 f {"a": {"b": 1}}']],
  ["llama", '<|python_tag|>{"type": "function", "name": "f", "parameters": {}}', ["call: id1 f {}"]],
  [
    "llama",
    '{"name": "f", "parameters": {}}; {"name": "f", "parameters": {"a": 2}}',
    ["call: id1 f {}", 'call: id2 f {"a": 2}'],
  ],
  ["llama", '{"result": {"name": "f"}}', ['text: {"result": {"name": "f"}}']],
  ["llama", 'It is {"name": "f", "parameters": {}}', ['text: It is {"name": "f", "parameters": {}}']],
  [
    "mistral",
    '[TOOL_CALLS] [{"name": "f", "arguments": {"a": 1}, "id": "abcdefghi"}, {"name": "get_weather", "arguments": {}}]',
    ['call: id1 f {"a": 1}', "call: id2 get_weather {}"],
  ],
  [
    "mistral-args",
    '[TOOL_CALLS]f[ARGS]{"a": 1}[TOOL_CALLS]get_weather[CALL_ID]abc123xyz[ARGS]{}',
    ['call: id1 f {"a": 1}', "call: id2 get_weather {}"],
  ],
  ["mistral", "[TOOL_CALLS] none", ["text: [TOOL_CALLS] none"]],
  ["mistral-args", '[TOOL_CALLS]g[ARGS]{"a": 1}', ['text: [TOOL_CALLS]g[ARGS]{"a": 1}']],
  ["prompted", 'ok <tool_call>{"name": "f", "arguments": {"a": 1e', ["text: ok", 'call: id1 f {"a": 1e0}']],
];

describe("an answer", () => {
  it.each(answers)("of %s: %s", (style, text, expected) => {
    expect(read(style, [text])).toEqual(expected);
  });

  it("is the same however it is cut", () => {
    const pick = fc.constantFrom(...answers.map(([style, text]) => [style, text] as const));
    fc.assert(
      fc.property(pick, fc.array(fc.nat({ max: 200 })), fc.boolean(), ([style, text], cuts, thinks) => {
        expect(read(style, cut(text, cuts), thinks)).toEqual(read(style, [text], thinks));
      }),
      { numRuns: 500 },
    );
    for (const [style, text, expected] of answers) expect(read(style, text.split(""))).toEqual(expected);
  });

  it("never loses its way, and its calls are always JSON", () => {
    const word = fc.constantFrom(
      "<tool_call>",
      "</tool_call>",
      '{"name": "f", "arguments": ',
      "{",
      "}",
      "[",
      "]",
      '"',
      "\\",
      "a",
      " ",
      "\n",
      ",",
      ":",
      "1",
      "-",
      "tr",
      "[TOOL_CALLS]",
      "[ARGS]",
      "f",
      "<|python_tag|>",
      "<think>",
      "</think>",
      "é",
      "😀",
    );
    const style = fc.constantFrom<ToolStyle>("hermes", "llama", "mistral", "mistral-args");
    fc.assert(
      fc.property(
        style,
        fc.array(word, { maxLength: 40 }),
        fc.array(fc.nat({ max: 200 })),
        (style, words, cuts) => {
          const text = words.join("");
          const lines = read(style, [text]);
          expect(read(style, cut(text, cuts))).toEqual(lines);
          const calls = lines.flatMap((line) => /^call: id\d+ \w+ (.*)$/s.exec(line)?.[1] ?? []);
          for (const json of calls) expect(JSON.parse(json)).toBeTypeOf("object");
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("passes on at once what cannot be a mark, and arguments while they grow", () => {
    const reader = parser("hermes");
    expect(reader.push("Hello,")).toEqual([{ kind: "text", text: "Hello," }]);
    expect(reader.push(" world <b")).toEqual([{ kind: "text", text: " world <b" }]);
    expect(reader.push(" and <tool")).toEqual([{ kind: "text", text: " and" }]);
    expect(reader.push('_call>{"name": "f", "arguments": {"a')).toEqual([
      { kind: "tool-call", index: 0, id: "id1", name: "f" },
      { kind: "tool-arguments", index: 0, json: '{"a' },
    ]);
    expect(reader.push('": 1')).toEqual([{ kind: "tool-arguments", index: 0, json: '": 1' }]);
  });

  it("has no calls where there is nothing to call", () => {
    const reader = parser("hermes", false, []);
    const text = '<tool_call>{"name": "f", "arguments": {}}</tool_call>';
    expect(summary([...reader.push(text), ...reader.end()])).toEqual([`text: ${text}`]);
  });

  it("begins with thoughts where the prompt has opened them", () => {
    expect(read("hermes", ["hm, </thin", "k>\nYes"], true)).toEqual(["reasoning: hm,", "text: Yes"]);
    expect(read("hermes", ["cut off"], true)).toEqual(["reasoning: cut off"]);
  });
});

function cut(text: string, places: readonly number[]): readonly string[] {
  const sorted = [...new Set([0, ...places.filter((place) => place < text.length), text.length])].toSorted(
    (a, b) => a - b,
  );
  return sorted.slice(1).map((place, index) => text.slice(sorted[index], place));
}
