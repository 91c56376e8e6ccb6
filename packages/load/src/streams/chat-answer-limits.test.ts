import type { ChatDialectName } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { AnswerObservation } from "./answer-observation.ts";
import { mostCarriedBytes } from "./carried-bytes.ts";
import { ChatAnswerReader } from "./chat-answer-reader.ts";
import { readPieces } from "./fixtures/read-pieces.ts";

const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];
const failureOf = (dialect: ChatDialectName, text: string): string | undefined =>
  readPieces(dialect, bytes(text)).fault?.failure;

describe("ChatAnswerReader where servers differ", () => {
  const chunk = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]';

  it.each(["{}", "[]", "{ }", "0", "0.0", "-0", "0e3", "null", "false", '""'])(
    "takes an error of %s for none",
    (empty) => {
      expect(failureOf("openai", `${chunk},"error":${empty}}\n\ndata: [DONE]\n\n`)).toBeUndefined();
      expect(
        failureOf("ollama", `{"message":{"content":"a"},"error":${empty}}\n{"done":true}\n`),
      ).toBeUndefined();
    },
  );

  it.each(['{"a":1}', "[0]", "0.5", "-1", "true", '"no"'])("takes an error of %s for one", (error) => {
    expect(failureOf("openai", `${chunk},"error":${error}}\n\ndata: [DONE]\n\n`)).toBe("stream-error");
  });

  it("wants the end of a stream of several choices, not that of one of them", () => {
    const one = (index: number, rest: string): string => `data: {"choices":[{"index":${index},${rest}}]}\n\n`;
    const text = one(0, '"delta":{"content":"a"}') + one(1, '"delta":{"content":"b"}');
    const finished = one(0, '"delta":{},"finish_reason":"stop"');
    expect(failureOf("openai", text + finished)).toBe("truncated-stream");
    expect(failureOf("openai", `${text}${finished}data: [DONE]\n\n`)).toBeUndefined();
    expect(failureOf("openai", one(0, '"delta":{"content":"a"}') + finished)).toBeUndefined();
  });

  it.each(["openai", "ollama"] as const)("finds an event of %s too long however it is cut", (dialect) => {
    const event = (length: number): Buffer => {
      const [before, after] =
        dialect === "openai"
          ? ['data: {"choices":[{"delta":{"content":"', '"}}]}\n']
          : ['{"message":{"content":"', '"}}\n'];
      const padding = "x".repeat(length - before.length - after.length + 1);
      return Buffer.from(`${before}${padding}${after}${dialect === "openai" ? "\n" : ""}`);
    };
    for (const [length, fits] of [
      [mostCarriedBytes, true],
      [mostCarriedBytes + 1, false],
    ] as const) {
      const whole = event(length);
      for (const cut of [0, 1, 10, 1000, whole.length - 3, whole.length - 2, whole.length - 1]) {
        const { observed, fault } = readPieces(dialect, [whole.subarray(0, cut), whole.subarray(cut)]);
        expect([cut, observed.chunks]).toEqual([cut, fits ? 1 : 0]);
        expect(fault?.failure).toBe(fits ? "truncated-stream" : "wrong-answer");
      }
    }
  });

  it("gives up on a stream without an end", () => {
    const observed = new AnswerObservation();
    observed.begin();
    const reader = new ChatAnswerReader("openai", observed, true);
    reader.begin();
    const comment = Buffer.alloc(1024 * 1024, ":\n");
    for (let sent = 0; sent <= 256; sent += 1) reader.push(comment, 0, comment.length, 1);
    expect(reader.finish()).toEqual({
      failure: "answer-too-large",
      message: "the stream is longer than 256 MiB",
    });
  });
});
