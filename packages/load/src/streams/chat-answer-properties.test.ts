import type { ChatDialectName } from "@weir/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readByFullParse } from "./fixtures/full-parse-oracle.ts";
import { figures, readPieces } from "./fixtures/read-pieces.ts";

describe("ChatAnswerReader against a full parse", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", '"', "\\", '\\"', "}]", "\n"));
  const value = fc.oneof(text, fc.constant(null), fc.nat(), fc.jsonValue({ maxDepth: 2 }));
  const maybe = (...names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { maxKeys: 5 });
  const some = (
    inner: fc.Arbitrary<unknown>,
    name: string,
    names: readonly string[],
  ): fc.Arbitrary<Record<string, unknown>> =>
    fc.tuple(maybe(...names), inner, maybe(...names)).map(([before, held, after]) => ({
      ...before,
      [name]: held,
      ...after,
    }));
  const call = some(maybe("name", "arguments"), "function", ["id", "index"]);
  const calls = fc.oneof(value, fc.array(call, { maxLength: 2 }));
  const usage = fc.dictionary(
    fc.constantFrom("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"),
    fc.oneof(fc.nat(), value),
  );

  const eventsOf: Record<ChatDialectName, fc.Arbitrary<Record<string, unknown>>> = {
    openai: fc
      .tuple(some(calls, "tool_calls", ["content", "reasoning_content", "refusal"]), usage)
      .chain(([delta, counts]) =>
        some(fc.constant([{ logprobs: { content: "x" }, delta, finish_reason: null }]), "choices", ["x"]).map(
          (event) => ({ usage: counts, ...event }),
        ),
      ),
    anthropic: fc
      .tuple(maybe("text", "thinking", "partial_json"), maybe("text", "name"), usage)
      .chain(([delta, block, counts]) =>
        some(fc.constant(delta), "delta", ["type"]).map((event) => ({
          content_block: block,
          usage: counts,
          ...event,
        })),
      ),
    ollama: some(some(calls, "tool_calls", ["content", "thinking"]), "message", ["eval_count", "done"]),
    "ollama-generate": maybe("response", "thinking", "done", "total_duration", "prompt_eval_count"),
  };

  for (const dialect of Object.keys(eventsOf) as ChatDialectName[])
    it(`sees in any event of ${dialect} what is in it`, () => {
      const frames = fc.array(fc.tuple(eventsOf[dialect], fc.boolean(), fc.boolean()), { maxLength: 4 });
      fc.assert(
        fc.property(frames, fc.array(fc.nat(400), { maxLength: 4 }), (events, cuts) => {
          const isNdjson = dialect.startsWith("ollama");
          const recording = Buffer.from(
            events
              .map(([event, spaced, named]) => {
                const json = spaced
                  ? JSON.stringify(event, null, 1).replaceAll("\n", " ")
                  : JSON.stringify(event);
                return isNdjson ? `${json}\n` : `${named ? "event: message\n" : ": x\n"}data: ${json}\n\n`;
              })
              .join(""),
          );
          const places = [0, ...cuts.map((cut) => cut % (recording.length + 1)).toSorted((a, b) => a - b)];
          const pieces = places.map((place, index) => recording.subarray(place, places[index + 1]));
          const expected = readByFullParse(dialect, pieces);
          const { observed, fault } = readPieces(dialect, pieces);
          expect(figures(observed)).toEqual(figures(expected.observed));
          expect(fault?.failure === "stream-error").toBe(expected.outcome === "error");
          expect(fault?.failure === "truncated-stream").toBe(expected.outcome === "truncated");
        }),
        { numRuns: 500 },
      );
    });

  // Events of one answer are alike, which is what the reader makes use of: here they are, but for what decides.
  const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
  const words = oneOf("", "a", "bb", '"', "\\", '\\"}', "\n");
  const alike: Record<"openai" | "anthropic" | "ollama", fc.Arbitrary<object>> = {
    openai: fc.record({
      id: oneOf("chatcmpl-1", "chatcmpl-2"),
      object: fc.oneof({ weight: 20, arbitrary: fc.constant("chat.completion.chunk") }, fc.constant("error")),
      created: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.constant(2)),
      choices: fc
        .record({
          delta: fc.record({ role: oneOf("", "assistant"), content: words, reasoning: words }),
          finish_reason: oneOf<string | null>(null, null, null, "", "stop"),
        })
        .map((choice) => [choice]),
      usage: fc.oneof(
        { weight: 5, arbitrary: fc.constant(null) },
        fc.record({ completion_tokens: fc.nat(3) }),
      ),
      obfuscation: words,
    }),
    anthropic: fc.record({
      type: fc.oneof(
        { weight: 9, arbitrary: oneOf("content_block_delta", "content_block_start") },
        oneOf("message_stop", "error"),
      ),
      index: fc.constant(0),
      delta: fc.record({ type: words, text: words, thinking: oneOf("", "x") }),
      usage: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, fc.record({ output_tokens: fc.nat(3) })),
    }),
    ollama: fc.record({
      model: fc.constant("m"),
      created_at: words,
      message: fc.record({ role: words, content: words, thinking: oneOf("", "x") }),
      done: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
  };

  for (const dialect of ["openai", "anthropic", "ollama"] as const)
    it(`sees what is in events of ${dialect} that are alike`, () => {
      fc.assert(
        fc.property(fc.array(alike[dialect], { minLength: 5, maxLength: 25 }), (events) => {
          const pieces = events.map((event) =>
            Buffer.from(
              dialect === "ollama" ? `${JSON.stringify(event)}\n` : `data: ${JSON.stringify(event)}\n\n`,
            ),
          );
          const expected = readByFullParse(dialect, pieces);
          const { observed, fault } = readPieces(dialect, pieces);
          expect(figures(observed)).toEqual(figures(expected.observed));
          expect(fault?.failure === "stream-error").toBe(expected.outcome === "error");
          expect(fault?.failure === "truncated-stream").toBe(expected.outcome === "truncated");
        }),
        { numRuns: 1000 },
      );
    });
});
