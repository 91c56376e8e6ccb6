import { describe, expect, it } from "vitest";
import { encodeFrameHead } from "./frame.ts";
import { createFrameReader, type ReadFrame } from "./frame-reader.ts";

const recording = Buffer.concat([
  encodeFrameHead("hello", 0, { pid: 1 }, 0, false),
  encodeFrameHead("event", 3, undefined, 5, false),
  Buffer.from("abcde"),
  encodeFrameHead("job", 4, { kind: "embed" }, 4, true),
  Buffer.from("/tmp"),
  encodeFrameHead("cancel", 4, undefined, 0, false),
]);

function read(chunks: Uint8Array[]): unknown[] {
  const frames: ReadFrame[] = [];
  const reader = createFrameReader((frame) => frames.push(frame));
  for (const chunk of chunks) reader.push(chunk);
  return frames.map((frame) => ({ ...frame, body: Buffer.from(frame.body).toString() }));
}

describe("frame reader", () => {
  it("reads the same frames wherever the stream is cut", () => {
    const whole = read([recording]);
    expect(whole).toEqual([
      { kind: "hello", jobId: 0, meta: { pid: 1 }, body: "", spilled: false },
      { kind: "event", jobId: 3, meta: undefined, body: "abcde", spilled: false },
      { kind: "job", jobId: 4, meta: { kind: "embed" }, body: "/tmp", spilled: true },
      { kind: "cancel", jobId: 4, meta: undefined, body: "", spilled: false },
    ]);
    for (let cut = 1; cut < recording.length; cut++) {
      expect(read([recording.subarray(0, cut), recording.subarray(cut)])).toEqual(whole);
    }
    expect(read([...recording].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it("gives each body a buffer of its own, so that typed arrays can be laid over it", () => {
    const frames: ReadFrame[] = [];
    createFrameReader((frame) => frames.push(frame)).push(recording);
    for (const { body } of frames) {
      expect(body.byteOffset).toBe(0);
      expect(body.buffer.byteLength).toBe(body.length);
    }
  });

  it("throws on bytes that are no frame", () => {
    expect(() => read([Buffer.from("not a frame at all")])).toThrow("foreign bytes");
  });
});
