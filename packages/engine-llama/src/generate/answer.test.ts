import type { ChatEvent } from "@weir/protocol";
import { expect, test } from "vitest";
import { createAnswer, type AnswerTerms } from "./answer.ts";

/** Tokens are single bytes; 300 ends an answer, 301 is a mark. */
const tokenBytes = {
  of: (token: number) => Uint8Array.of(token),
  isControl: (token: number) => token >= 300,
};

function open(terms: Partial<AnswerTerms> = {}) {
  return createAnswer({
    tokenBytes,
    isEnd: (token) => token === 300,
    isShown: (token) => token < 300,
    parser: { push: (text) => [{ kind: "text", text }], end: () => [] },
    stop: [],
    turnEnds: [],
    maxTokens: 100,
    roomTokens: 200,
    ...terms,
  });
}

function textOf(events: readonly ChatEvent[]): string {
  return events.map((event) => (event.kind === "text" ? event.text : "")).join("");
}

test("a character that is spread over tokens comes when it is whole", () => {
  const answer = open();
  const shown = Array.from(Buffer.from("a🌊é"), (byte) => {
    answer.take([byte]);
    return textOf(answer.drain());
  });
  expect(shown).toEqual(["a", "", "", "", "🌊", "", "é"]);
});

test("what is cut off within a character is shown as far as it is one", () => {
  const answer = open({ maxTokens: 3 });
  expect(answer.take([...Buffer.from("a🌊")])).toBe(false);
  expect(textOf(answer.drain())).toBe("a\uFFFD");
  expect(answer.reason).toBe("length");
});

test("the tokens of one step are one piece of text", () => {
  const answer = open();
  answer.take([...Buffer.from("three")]);
  expect(answer.drain()).toEqual([{ kind: "text", text: "three" }]);
  expect(answer.drain()).toEqual([]);
});

test("it ends with the model's end, which counts as a token and is not shown", () => {
  const answer = open();
  expect(answer.take([104, 105, 300, 104])).toBe(false);
  expect(textOf(answer.drain())).toBe("hi");
  expect(answer).toMatchObject({ reason: "end", outputTokens: 3 });
});

test("a turn's end that is written out is an end, and a client's stop text a stop", () => {
  const ended = open({ turnEnds: ["<end>"], stop: ["STOP"] });
  ended.take([...Buffer.from("hi<end>")]);
  expect(ended.reason).toBe("end");
  const stopped = open({ turnEnds: ["<end>"], stop: ["STOP"] });
  stopped.take([...Buffer.from("hi STOP")]);
  expect(stopped.reason).toBe("stop-sequence");
  expect(textOf(stopped.drain())).toBe("hi ");
});

test("marks are left out unless they are shown", () => {
  const answer = open();
  answer.take([104, 301, 105, 300]);
  expect(textOf(answer.drain())).toBe("hi");
});

test("what was held back for a stop text is shown at the end, and where the context ends it says so", () => {
  const answer = open({ stop: ["###"], roomTokens: 4 });
  answer.take([...Buffer.from("ab##")]);
  expect(textOf(answer.drain())).toBe("ab##");
  expect(answer.reason).toBe("context-full");
});

test("an answer that calls a tool ends with that, and thoughts are counted", () => {
  const parser = {
    push: (text: string): readonly ChatEvent[] =>
      text === "c" ? [{ kind: "tool-call", index: 0, id: "1", name: "f" }] : [{ kind: "reasoning", text }],
    end: () => [],
  };
  const answer = open({ parser });
  answer.take([97, 98]);
  answer.take([99, 300]);
  expect(answer).toMatchObject({ reason: "tool-calls", reasoningTokens: 2 });
  expect(answer.drain().map(({ kind }) => kind)).toEqual(["reasoning", "tool-call"]);
});
