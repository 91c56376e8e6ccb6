import { cutEverywhere } from "../../../testkit/src/cut-everywhere.ts";
import { expect, test } from "vitest";
import { AnswerGarbage } from "./answer-garbage.ts";
import { FrameGate, type Framing } from "./frame-gate.ts";

const recordings: readonly (readonly [framing: Framing, text: string, ending: RegExp])[] = [
  ["sse", 'data: {"a":"é"}\n\nevent: x\ndata: {"b":2}\n\n: ping\n\ndata: [DONE]\n\n', /\n\n$/],
  ["sse", 'data: {"a":"é"}\r\n\r\nevent: x\r\ndata: {"b":2}\r\n\r\n', /\r\n\r\n$/],
  ["ndjson", '{"a":"é"}\n{"b":2}\n{"done":true}\n', /\n$/],
];

test.each(recordings)(
  "whole frames of %s go on, the same bytes, wherever they are cut: %j",
  (framing, text, ending) => {
    for (const pieces of cutEverywhere(Buffer.from(text))) {
      const gate = new FrameGate(framing);
      const passed = Array.from(pieces).flatMap((piece) => gate.push(piece) ?? []);
      for (const frames of passed) expect(Buffer.from(frames).toString()).toMatch(ending);
      expect(Buffer.concat(passed).toString()).toBe(text);
      expect(gate.takeHeld()).toHaveLength(0);
    }
  },
);

test("bytes that end with a frame are handed on themselves", () => {
  const bytes = Buffer.from("data: 1\n\ndata: 2\n\n");
  expect(new FrameGate("sse").push(bytes)).toBe(bytes);
});

test("half a frame is held", () => {
  const gate = new FrameGate("sse");
  expect(Buffer.from(gate.push(Buffer.from("data: 1\n\ndata: 2\n"))!).toString()).toBe("data: 1\n\n");
  expect(gate.push(Buffer.from("data: 3"))).toBeUndefined();
  expect(Buffer.from(gate.takeHeld()).toString()).toBe("data: 2\ndata: 3");
});

test("a frame without an end is garbage", () => {
  const gate = new FrameGate("sse");
  const piece = Buffer.alloc(1024 * 1024, "x");
  expect(() => {
    for (let count = 0; count < 17; count += 1) gate.push(piece);
  }).toThrow(AnswerGarbage);
});
