import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parsePrompts } from "./parse-prompts.ts";
import { readPrompts } from "./read-prompts.ts";

const user = (text: string): unknown => ({ role: "user", parts: [{ kind: "text", text }] });

describe("parsePrompts", () => {
  it("reads strings, prompts and conversations, in order", () => {
    const lines = [
      '\uFEFF"a bare text"',
      "",
      '{"prompt": "with an end", "max_tokens": 7}',
      JSON.stringify({
        model: "m",
        stream: true,
        messages: [
          { role: "system", content: "be brief" },
          { role: "user", content: [{ type: "text", text: "hello" }] },
          { role: "assistant", content: "hi" },
          { role: "user", content: "more" },
        ],
        max_completion_tokens: 3,
      }),
    ];
    expect(parsePrompts(lines.join("\r\n"), "p.jsonl")).toEqual([
      { messages: [user("a bare text")] },
      { messages: [user("with an end")], maxTokens: 7 },
      {
        messages: [
          { role: "system", text: "be brief" },
          user("hello"),
          { role: "assistant", text: "hi", reasoning: "", toolCalls: [] },
          user("more"),
        ],
        maxTokens: 3,
      },
    ]);
  });

  it.each([
    [
      "hello",
      'expected a JSON string, {"prompt": "..."} or {"messages": [...]} in line 2 of p.jsonl, got hello',
    ],
    ["[1]", "in line 2 of p.jsonl, got [1]"],
    ["3", "in line 2 of p.jsonl, got 3"],
    ['{"text": "x"}', "got an object with text"],
    ["{}", "got an object with nothing in it"],
    ['{"prompt": "x", "messages": []}', "expected prompt or messages in line 2 of p.jsonl, got both"],
    ['{"prompt": ""}', 'expected a prompt that is a text in line 2 of p.jsonl, got ""'],
    ['""', "expected a prompt that is a text in line 2"],
    ['{"messages": []}', "in line 2 of p.jsonl: messages"],
    ['{"messages": [{"role": "wizard", "content": "x"}]}', "in line 2 of p.jsonl: messages[0].role"],
    ['{"prompt": "x", "max_tokens": 0}', "in line 2 of p.jsonl: max_tokens"],
  ])("names file and line of %s", (line, message) => {
    const parse = (): unknown => parsePrompts(`"fine"\n${line}\n`, "p.jsonl");
    expect(parse).toThrow(expect.objectContaining({ code: "USAGE" }) as Error);
    expect(parse).toThrow(message);
  });

  it("wants at least one", () => {
    expect(() => parsePrompts("\n\n", "p.jsonl")).toThrow("at least one prompt in p.jsonl");
  });
});

describe("readPrompts", () => {
  it("says where they come from", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "weir-prompts-"));
    try {
      const file = path.join(folder, "p.jsonl");
      await writeFile(file, '"one"\n"two"\n');
      expect(await readPrompts(file)).toMatchObject({ source: file, prompts: { length: 2 } });
      await expect(readPrompts(`${file}x`)).rejects.toThrow(`a file that can be read, got ${file}x`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
