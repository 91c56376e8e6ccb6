import { expect, it } from "vitest";
import { NdjsonDecoder } from "../ndjson/ndjson-decoder.ts";
import { encodeSse } from "./encode-sse.ts";
import { SseDecoder } from "./sse-decoder.ts";

const recording = Buffer.from(
  `\uFEFF: ping\r\n\r\n${encodeSse('{"a":"河"}')}event: b\r\ndata: 1\r\ndata:2\r\n\r\ndata: 3\r\rdata: never ended`,
);

it("reads the same events however the bytes are cut", () => {
  const expected = [
    { event: "message", data: '{"a":"河"}' },
    { event: "b", data: "1\n2" },
    { event: "message", data: "3" },
  ];
  for (let place = 0; place <= recording.length; place += 1) {
    const decoder = new SseDecoder();
    const read = [recording.subarray(0, place), recording.subarray(place)].flatMap((bytes) =>
      decoder.push(bytes),
    );
    expect(read).toEqual(expected);
  }
  const decoder = new SseDecoder();
  expect([...recording].flatMap((byte) => decoder.push(Uint8Array.of(byte)))).toEqual(expected);
});

it("reads the same lines however the bytes are cut", () => {
  const bytes = Buffer.from('{"a":"河"}\n\r\n{"b":1}\r\n{"c"');
  for (let place = 0; place <= bytes.length; place += 1) {
    const decoder = new NdjsonDecoder();
    const lines = [bytes.subarray(0, place), bytes.subarray(place)].flatMap((part) => decoder.push(part));
    expect([...lines, decoder.end()]).toEqual(['{"a":"河"}', '{"b":1}', '{"c"']);
  }
});
