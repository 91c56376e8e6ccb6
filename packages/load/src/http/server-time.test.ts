import { describe, expect, it } from "vitest";
import { AnswerObservation } from "../streams/answer-observation.ts";
import { ResponseHead } from "./response-head.ts";
import { ServerTimeReader } from "./server-time.ts";

/** Total, queue and inference of an answer with these header lines. */
function read(lines: string, reader: ServerTimeReader = new ServerTimeReader()): number[] {
  const head = new ResponseHead();
  const bytes = Buffer.from(`${lines}\r\n`);
  head.setLines(bytes, 0, bytes.length);
  const times = new AnswerObservation();
  reader.read(head, times);
  return [times.serverMs, times.serverQueueMs, times.serverInferenceMs];
}

const nothing = Number.NaN;

describe("ServerTimeReader", () => {
  it("reads a bare X-Process-Time as seconds, and units where they are written", () => {
    expect(read("X-Process-Time: 0.25")).toEqual([250, nothing, nothing]);
    expect(read("x-process-time: 1.5e-3")).toEqual([1.5, nothing, nothing]);
    expect(read("x-process-time: 12 ms")).toEqual([12, nothing, nothing]);
    expect(read("x-process-time: 300us")).toEqual([0.3, nothing, nothing]);
    expect(read("x-process-time: soon")).toEqual([nothing, nothing, nothing]);
  });

  it("reads TEI's times as milliseconds", () => {
    expect(read("x-total-time: 41\r\nx-queue-time: 3\r\nx-inference-time: 37")).toEqual([41, 3, 37]);
  });

  it("reads Server-Timing by its names: the total or the sum, waiting, the model's work", () => {
    expect(read('Server-Timing: queue;dur=2, inference;dur="30.5", write;dur=1')).toEqual([33.5, 2, 30.5]);
    expect(read("Server-Timing: total;dur=50, wait;desc=x;dur=4, model;dur=9, gpu;dur=1, miss")).toEqual([
      50, 4, 10,
    ]);
    expect(read("server-timing: cache;desc=hit")).toEqual([nothing, nothing, nothing]);
  });

  it("goes on with what it has seen, and looks for more now and then", () => {
    const reader = new ServerTimeReader();
    for (let answer = 0; answer < 8; answer += 1) read("x-total-time: 1", reader);
    const both = "x-total-time: 2\r\nx-queue-time: 1";
    expect(read(both, reader)).toEqual([2, nothing, nothing]);
    expect(read("", reader)).toEqual([nothing, nothing, nothing]);
    let later: number[] = [];
    for (let answer = 0; answer < 64; answer += 1) later = read(both, reader);
    expect(later).toEqual([2, 1, nothing]);
  });
});
