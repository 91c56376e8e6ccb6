import { expect, it } from "vitest";
import { encodeFloat, encodeMessage, encodeNumber, encodeText, joinBytes } from "./protobuf.ts";
import { decodeFloat, decodeNumbers, decodeText, readFields } from "./protobuf-fields.ts";

const message = joinBytes([
  encodeNumber(1, 150),
  encodeNumber(2, -3),
  encodeText(3, "tésting"),
  encodeFloat(4, 0.5),
  encodeMessage(5, [encodeNumber(1, 2 ** 40)]),
]);

it("reads back what was written", () => {
  const [small, negative, text, float, inner] = [...readFields(message)];
  expect([small!.number, small!.value, negative!.value]).toEqual([1, 150, -3]);
  expect(decodeText(text!.bytes)).toBe("tésting");
  expect(decodeFloat(float!.bytes)).toBe(0.5);
  expect([...readFields(inner!.bytes)][0]!.value).toBe(2 ** 40);
  expect(joinBytes([...readFields(message)].map(({ whole }) => whole))).toEqual(message);
});

it("reads repeated numbers, packed and not", () => {
  const packed = encodeMessage(1, [Uint8Array.of(3, 0x8e, 0x02, 0x9e, 0xa7, 0x05)]);
  expect([...readFields(packed)].flatMap(decodeNumbers)).toEqual([3, 270, 86942]);
  expect([...readFields(encodeNumber(1, 7))].flatMap(decodeNumbers)).toEqual([7]);
});

it("throws where a message ends too early, wherever that is", () => {
  const borders = new Set([0]);
  for (let end = 0, fields = [...readFields(message)]; fields.length > 0;) {
    end += fields.shift()!.whole.length;
    borders.add(end);
  }
  const read = (end: number) => () => [...readFields(message.subarray(0, end))];
  const ends = Array.from({ length: message.length }, (_, end) => end);
  for (const end of ends.filter((one) => borders.has(one))) expect(read(end)).not.toThrow();
  for (const end of ends.filter((one) => !borders.has(one))) expect(read(end)).toThrow(RangeError);
  expect(() => [...readFields(Uint8Array.of(0x0b))]).toThrow("wire type 3");
});
