import { expect, it } from "vitest";
import {
  encodeFloat,
  encodeHeader,
  encodeMessage,
  encodeNumber,
  encodeText,
  encodeVarint,
} from "./protobuf.ts";

// The examples of https://protobuf.dev/programming-guides/encoding/
it("encodes as the format's own examples do", () => {
  expect([...encodeNumber(1, 150)]).toEqual([0x08, 0x96, 0x01]);
  expect([...encodeText(2, "testing")]).toEqual([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
  expect([...encodeMessage(3, [encodeNumber(1, 150)])]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
  expect([...encodeFloat(1, 1)]).toEqual([0x0d, 0, 0, 0x80, 0x3f]);
});

it("encodes negative numbers in ten bytes", () => {
  expect([...encodeVarint(-2)]).toEqual([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
});

it("encodes lengths beyond 32 bits", () => {
  expect([...encodeVarint(2 ** 35)]).toEqual([0x80, 0x80, 0x80, 0x80, 0x80, 0x01]);
  expect(encodeHeader(7, 438_000_000)).toHaveLength(6);
});
