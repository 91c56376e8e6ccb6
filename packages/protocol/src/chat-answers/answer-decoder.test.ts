import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatFinish, ChatResult, FinishReason } from "../canonical/chat.ts";
import { createChatCollector, toChatEvents } from "../canonical/chat-collector.ts";
import type { ChatDialect, ChatDialectName } from "../canonical/chat-dialect.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { chatDialects } from "../chat-dialects.ts";

const head = { id: "7", model: "m", createdAtMs: 1_700_000_000_250, inputTokens: 9, cachedInputTokens: 4 };
const usage = { inputTokens: 9, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 2 };
const timing = { totalMs: 12.5, loadMs: 1, promptMs: 2.5, generationMs: 10 };
const names = Object.keys(chatDialects) as ChatDialectName[];

/** What a dialect has no words for does not come back. */
function asSaid(name: ChatDialectName, finish: ChatFinish, calls: number): ChatFinish {
  const ollama = name.startsWith("ollama");
  let reason: FinishReason = finish.reason;
  if (name !== "anthropic") {
    if (reason === "context-full") reason = "length";
    if (reason === "stop-sequence" || (ollama && reason !== "length")) reason = "end";
  }
  return {
    reason: reason === "end" && calls > 0 ? "tool-calls" : reason,
    usage: {
      ...usage,
      cachedInputTokens: ollama ? 0 : usage.cachedInputTokens,
      reasoningTokens: name === "openai" ? usage.reasoningTokens : 0,
    },
    ...(ollama ? { timing } : {}),
  };
}

const piece = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.constantFrom(
    '"',
    "\\",
    '\\"',
    "\n",
    "\u2028",
    "河",
    "😀",
    "data: [DONE]\n\n",
    "@0@",
    '"content":"',
    "\u0000",
  ),
);
const jsonText = fc
  .dictionary(piece, piece, { minKeys: 1, maxKeys: 3 })
  .map((value) => JSON.stringify(value));
const part = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("text" as const), text: piece }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("reasoning" as const), text: piece }) },
  fc.record({ kind: fc.constant("call" as const), json: jsonText, cut: fc.nat(20) }),
);
const reason = fc.constantFrom<FinishReason>("end", "length", "stop-sequence", "context-full");

function toEvents(parts: readonly (typeof part extends fc.Arbitrary<infer T> ? T : never)[]): ChatEvent[] {
  let index = -1;
  return parts.flatMap((each): ChatEvent[] => {
    if (each.kind !== "call") return [each];
    index += 1;
    const cut = Math.min(each.cut, each.json.length - 1);
    const fragments = [each.json.slice(0, cut), each.json.slice(cut)].filter((json) => json !== "");
    return [
      { kind: "tool-call", index, id: `c${index}`, name: "gauge" },
      ...fragments.map((json) => ({ kind: "tool-arguments", index, json }) as const),
    ];
  });
}

function encode(dialect: ChatDialect, events: readonly ChatEvent[]): Buffer {
  const encoder = dialect.createStreamEncoder(head, { usage: true });
  return Buffer.concat([encoder.open(), ...events.map((event) => encoder.encode(event))]);
}

/** Decodes a stream cut at the places, and joins what comes. */
function decode(dialect: ChatDialect, bytes: Uint8Array, places: readonly number[]): ChatResult {
  const decoder = dialect.createStreamDecoder();
  const collector = createChatCollector();
  let from = 0;
  for (const place of [...places.toSorted((a, b) => a - b), bytes.length]) {
    collector.add(decoder.push(bytes.subarray(from, place)));
    from = place;
  }
  collector.add(decoder.end());
  expect(decoder.failure).toBeUndefined();
  return collector.result();
}

function join(name: ChatDialectName, events: readonly ChatEvent[]): ChatResult {
  const collector = createChatCollector();
  collector.add(events);
  const { finish, ...rest } = collector.result();
  const said = { ...rest, toolCalls: rest.toolCalls.map((call) => ({ ...call })) };
  return { ...said, finish: asSaid(name, finish, rest.toolCalls.length) };
}

describe.each(names)("a stream of %s", (name) => {
  const dialect = chatDialects[name];
  const sayable = (events: readonly ChatEvent[]): readonly ChatEvent[] =>
    name === "ollama-generate" ? events.filter(({ kind }) => !kind.startsWith("tool")) : events;

  it("comes back as it was encoded, cut anywhere", () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        reason,
        fc.array(fc.nat(4_000), { maxLength: 20 }),
        (parts, why, places) => {
          const events: ChatEvent[] = [
            ...sayable(toEvents(parts)),
            { kind: "finish", finish: { reason: why, usage, timing } },
          ];
          const bytes = encode(dialect, events);
          const cuts = places.map((place) => place % (bytes.length + 1));
          expect(decode(dialect, bytes, cuts)).toEqual(join(name, events));
        },
      ),
      { numRuns: 200 },
    );
  });

  const events: readonly ChatEvent[] = sayable([
    { kind: "reasoning", text: "hm" },
    { kind: "text", text: 'a "河"\n' },
    { kind: "text", text: "b😀" },
    { kind: "tool-call", index: 0, id: "c0", name: "gauge" },
    { kind: "tool-arguments", index: 0, json: '{"depth"' },
    { kind: "tool-arguments", index: 0, json: ":3}" },
    { kind: "tool-call", index: 1, id: "c1", name: "stop" },
    { kind: "finish", finish: { reason: "tool-calls", usage, timing } },
  ]);

  it("gives the same for every cut, and byte for byte", () => {
    const bytes = encode(dialect, events);
    const expected = join(name, events);
    for (let place = 0; place <= bytes.length; place += 1)
      expect(decode(dialect, bytes, [place])).toEqual(expected);
    expect(decode(dialect, bytes, [...bytes.keys()])).toEqual(expected);
    const crlf = Buffer.from(bytes.toString().replaceAll("\n", "\r\n"));
    expect(decode(dialect, crlf, [...crlf.keys()])).toEqual(expected);
  });

  it("that ends early says so, wherever it ends, after what came before", () => {
    const bytes = encode(dialect, events);
    const whole = join(name, events);
    // An OpenAI stream is whole with its reason; the others only with their last event.
    const mark = { openai: '"finish_reason":"tool_calls"', anthropic: "message_stop" }[name as "openai"];
    const last = mark === undefined ? bytes.length - 2 : bytes.indexOf(mark) - 1;
    for (let length = 0; length <= last; length += 1) {
      const decoder = dialect.createStreamDecoder();
      const collector = createChatCollector();
      collector.add(decoder.push(bytes.subarray(0, length)));
      expect(() => decoder.end()).toThrow(
        expect.objectContaining({
          code: "TARGET_ANSWER_INVALID",
          message: expect.stringContaining("ended before") as string,
        }),
      );
      expect(whole.text.startsWith(collector.partial.text)).toBe(true);
    }
  });

  it("that fails gives what came before, then the server's error, however it is cut", () => {
    const encoder = dialect.createStreamEncoder(head, { usage: true });
    const failed = new WeirError("QUEUE_FULL", "the river is full");
    const bytes = Buffer.concat([
      encoder.open(),
      encoder.encode({ kind: "text", text: "a" }),
      encoder.fail(failed, "r"),
    ]);
    const code = { openai: "QUEUE_FULL", anthropic: "NOT_READY" }[name as "openai"] ?? "ENGINE_FAILED";
    for (let place = 0; place <= bytes.length; place += 1) {
      const decoder = dialect.createStreamDecoder();
      const came: ChatEvent[] = [];
      const feed = (): void => {
        came.push(...decoder.push(bytes.subarray(0, place)));
        came.push(...decoder.push(bytes.subarray(place)));
        came.push(...decoder.end());
      };
      expect(feed).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining("the river is full") as string }),
      );
      expect(came).toEqual([{ kind: "text", text: "a" }]);
      expect(decoder.failure).toMatchObject({ code });
    }
  });

  it("that is something else says what came", () => {
    const end = (text: string): void => {
      const decoder = dialect.createStreamDecoder();
      decoder.push(Buffer.from(text));
      decoder.end();
    };
    const invalid = (part: string): unknown =>
      expect.objectContaining({
        code: "TARGET_ANSWER_INVALID",
        message: expect.stringContaining(part) as string,
      });
    expect(() => end("")).toThrow(invalid("it was empty"));
    expect(() => end('data: {"a\n\n{"a\n')).toThrow(invalid("expected each event to be a JSON object"));
    expect(() => end("data: 3\n\n3\n")).toThrow(invalid("expected each event to be a JSON object"));
  });

  it("and a whole answer say the same", () => {
    const { finish, ...rest } = join(name, events);
    const result: ChatResult = { ...rest, finish: { reason: "tool-calls", usage, timing } };
    expect(dialect.parseResponse(dialect.encodeResponse(result, head))).toEqual({ ...rest, finish });
    const collector = createChatCollector();
    collector.add(toChatEvents(result));
    expect(collector.result()).toEqual(result);
    for (const body of ["", "nothing", "[]", "{}", '{"choices":[]}'])
      expect(() => dialect.parseResponse(Buffer.from(body))).toThrow(
        expect.objectContaining({ code: "TARGET_ANSWER_INVALID" }),
      );
  });
});
