import type { ChatDialectName } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { AnswerObservation } from "./answer-observation.ts";
import { ChatAnswerReader, type AnswerFault } from "./chat-answer-reader.ts";
import { readByFullParse } from "./fixtures/full-parse-oracle.ts";
import { figures, readPieces } from "./fixtures/read-pieces.ts";
import { recordings } from "./fixtures/recordings.ts";
import { cutEverywhere } from "../../../testkit/src/cut-everywhere.ts";

const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];

// The decoder of protocol ends a line at its CR already, this one at its LF: a cut between tells them apart.
const withoutTimes = (observed: AnswerObservation): object => ({
  chunks: observed.chunks,
  inputTokens: observed.inputTokens,
  outputTokens: observed.outputTokens,
});

describe("ChatAnswerReader", () => {
  for (const recording of recordings) {
    const { name, dialect } = recording;

    it(`reads ${name} the same wherever it is cut, with the time of the read that completed a chunk`, () => {
      for (const pieces of cutEverywhere(recording.bytes)) {
        const { observed, fault } = readPieces(dialect, pieces);
        expect(fault).toBeUndefined();
        const { chunks, inputTokens, outputTokens } = observed;
        expect({ chunks, inputTokens, outputTokens }).toEqual({
          chunks: recording.chunks,
          inputTokens: recording.inputTokens,
          outputTokens: recording.outputTokens,
        });
        const compared = recording.bytes.includes(0x0d) ? withoutTimes : figures;
        expect(compared(observed)).toEqual(compared(readByFullParse(dialect, pieces).observed));
      }
    });

    it(`keeps what ${name} says, where it is asked to`, () => {
      const { reader } = readPieces(dialect, [recording.bytes], true);
      expect(reader.kept.text).toBe(recording.text);
      expect(readPieces(dialect, [recording.bytes]).reader.kept.isEmpty).toBe(true);
    });

    it(`says that ${name} is truncated wherever its end is cut off`, () => {
      const endsAt = recording.bytes.length - 1;
      const cut = [0.3, 0.6].map((share) => recording.bytes.subarray(0, Math.floor(share * endsAt)));
      for (const part of cut) {
        const truncated = readByFullParse(dialect, [part]).outcome === "truncated";
        expect(readPieces(dialect, [part]).fault?.failure === "truncated-stream").toBe(truncated);
      }
      expect(readPieces(dialect, []).fault?.failure).toBe("truncated-stream");
    });
  }

  it("puts tool calls together from their pieces", () => {
    const [openai, anthropic, ollama] = ["OpenAI, two", "Anthropic:", "Ollama: "].map((start) => {
      const recording = recordings.find(({ name }) => name.startsWith(start))!;
      return readPieces(recording.dialect, [recording.bytes], true).reader.kept.toolCalls;
    });
    expect(openai).toEqual([
      { id: "call_a", name: "f", argumentsJson: '{"a":1}' },
      { id: "call_b", name: "g", argumentsJson: "{}" },
    ]);
    expect(anthropic).toEqual([{ id: "toolu_1", name: "f", argumentsJson: '{"a":1}' }]);
    expect(ollama).toEqual([{ id: "call_0", name: "f", argumentsJson: '{"a":[1,"}"]}' }]);
  });

  it("tells tool calls, reasoning and visible text apart", () => {
    const delta = (members: string): string => `data: {"choices":[{"delta":{${members}}}]}\n\n`;
    const { observed } = readPieces("openai", [
      ...bytes(delta('"role":"assistant","content":""')),
      ...bytes(delta('"reasoning_content":"r"')),
      ...bytes(delta('"tool_calls":[{"index":0,"function":{"name":"f"}}]')),
      ...bytes(delta('"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]')),
      ...bytes(delta('"content":"x"')),
      ...bytes("data: [DONE]\n\n"),
    ]);
    expect(observed).toMatchObject({
      firstTokenMs: 1,
      firstOutputMs: 4,
      firstToolCallMs: 2,
      lastToolCallMs: 3,
      lastTokenMs: 4,
    });
  });

  it("names what a server says within a stream", () => {
    const chunk = 'data: {"choices":[{"delta":{"content":"x"}}]}\n\n';
    const faults = [
      readPieces("openai", bytes(`${chunk}data: {"error":{"message":"no memory","type":"x"}}\n\n`)),
      readPieces("openai", bytes(`${chunk}data: {"object":"error","message":"no memory"}\n\n`)),
      readPieces("openai", bytes(`${chunk}event: error\ndata: {"detail":"no memory"}\n\n`)),
      readPieces("openai", bytes(`${chunk}error: {"message":"no memory"}\n\n`)),
      readPieces("openai", bytes(`${chunk}event: error\ndata: no memory\n\ndata: [DONE]\n\n`)),
      readPieces(
        "anthropic",
        bytes(
          'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"no memory"}}\n\n',
        ),
      ),
      readPieces("ollama", bytes('{"message":{"content":"x"},"done":false}\n{"error":"no memory"}\n')),
    ].map(({ fault }) => fault);
    for (const fault of faults) expect(fault).toEqual({ failure: "stream-error", message: "no memory" });
  });

  it("does not take for a stream what is none", () => {
    const faultOf = (dialect: ChatDialectName, text: string): AnswerFault | undefined =>
      readPieces(dialect, bytes(text)).fault;
    const whole = faultOf("openai", '\n{"choices":[{"message":{"content":"x"}}]}');
    expect(whole).toMatchObject({
      failure: "wrong-answer",
      message: expect.stringContaining('{"choices"') as string,
    });
    expect(faultOf("ollama", "<html>")?.failure).toBe("wrong-answer");
    expect(faultOf("ollama", 'data: {"message":{}}\n\n')?.failure).toBe("wrong-answer");
    expect(faultOf("openai", "data: {\n\n")?.failure).toBe("wrong-answer");
    expect(
      faultOf("openai", 'data: {"choices":[{"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')?.failure,
    ).toBe("empty-answer");
  });

  it("sees that an event is damaged also where the ones before were like it", () => {
    const line = (text: string, end: string): string =>
      `data: {"choices":[{"delta":{"content":"${text}"}}]${end}\n\n`;
    const good = ["a", "bc", "d"].map((text) => line(text, "}")).join("");
    expect(readPieces("openai", bytes(`${good}data: [DONE]\n\n`)).observed.chunks).toBe(3);
    for (const end of ["", "}}", "} x"])
      expect(readPieces("openai", bytes(good + line("e", end))).fault?.failure).toBe("wrong-answer");
  });

  it("keeps no more of an endless event than it says", () => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    const endless = [Buffer.from("data: "), ...Array.from({ length: 9 }, () => piece)];
    expect(readPieces("openai", endless).fault?.message).toContain("longer than 8388608 bytes");
    const lines = Array.from({ length: 12 }, () =>
      Buffer.concat([Buffer.from("data: "), piece, Buffer.from("\n")]),
    );
    expect(readPieces("openai", lines).fault?.message).toContain("longer than 8388608 bytes");
    expect(readPieces("ollama", [Buffer.from('{"'), ...endless]).fault?.message).toContain("longer than");
  });

  it("reads one answer after the other", () => {
    const observed = new AnswerObservation();
    const reader = new ChatAnswerReader("openai", observed, true);
    for (let time = 0; time < 3; time += 1) {
      observed.begin();
      reader.begin();
      const recording = recordings[time === 1 ? 3 : 0]!;
      // The second is cut off in the middle of an event.
      const { length } = recording.bytes;
      reader.push(recording.bytes, 0, time === 1 ? length >> 1 : length, 1);
      expect(reader.finish()?.failure).toBe(time === 1 ? "truncated-stream" : undefined);
      expect(observed.outputTokens).toBe(time === 1 ? Number.NaN : 10);
    }
    expect(reader.kept.text).toBe(recordings[0]!.text);
  });

  it("reads whole answers, and says what is wrong with them", () => {
    const observed = new AnswerObservation();
    observed.begin();
    const reader = new ChatAnswerReader("openai", observed, false);
    const answer = {
      choices: [{ message: { content: "x" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 4 },
    };
    expect(reader.readWhole(Buffer.from(JSON.stringify(answer, null, 2)))).toBeUndefined();
    expect(observed).toMatchObject({ inputTokens: 3, outputTokens: 4, firstTokenMs: Number.NaN });
    expect(reader.readWhole(Buffer.from("<html>"))?.failure).toBe("wrong-answer");
    expect(reader.readWhole(Buffer.from('{"choices":[]}'))?.failure).toBe("empty-answer");
    expect(reader.readWhole(Buffer.from('{"error":"no"}'))).toEqual({
      failure: "wrong-answer",
      message: "no",
    });
  });
});
