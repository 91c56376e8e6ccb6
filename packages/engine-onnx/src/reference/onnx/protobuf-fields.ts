/*
 * Reads Protocol Buffers messages that are in memory: https://protobuf.dev/programming-guides/encoding/. Nothing is
 * copied: a field's bytes are a view of the message's.
 */

/** One field of a message: a whole number in `value`, or a text, bytes, message or fixed-size number in `bytes`. */
export interface ProtobufField {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array;
  /** The field with its number in front, as it stands in the message. */
  readonly whole: Uint8Array;
}

const decoder = new TextDecoder();
const none: Uint8Array = new Uint8Array(0);

/** Throws RangeError where the message ends within a field or has one of an unknown kind. */
export function* readFields(message: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  while (at < message.length) {
    const start = at;
    const tag = readVarint(message, at);
    const number = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    at = tag.next;
    let value = 0;
    let bytes: Uint8Array = none;
    if (wireType === 0) {
      ({ value, next: at } = readVarint(message, at));
    } else {
      let length = wireType === 1 ? 8 : 4;
      if (wireType === 2) ({ value: length, next: at } = readVarint(message, at));
      else if (wireType !== 1 && wireType !== 5) throw new RangeError(`protobuf wire type ${wireType}`);
      if (at + length > message.length) throw new RangeError("the message ends within a field");
      bytes = message.subarray(at, at + length);
      at += length;
    }
    yield { number, value, bytes, whole: message.subarray(start, at) };
  }
}

export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The numbers of a repeated field, packed into one or standing alone. */
export function decodeNumbers(field: ProtobufField): number[] {
  if (field.bytes.length === 0) return [field.value];
  const numbers: number[] = [];
  for (let at = 0; at < field.bytes.length;) {
    const { value, next } = readVarint(field.bytes, at);
    numbers.push(value);
    at = next;
  }
  return numbers;
}

export function decodeFloat(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
}

function readVarint(message: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = message[start + index];
    if (byte === undefined) throw new RangeError("the message ends within a number");
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      // Only negative numbers take ten bytes, and doubles cannot tell those near 2^64 apart.
      return { value: index === 9 ? readNegative(message, start) : value, next: start + index + 1 };
    }
  }
  throw new RangeError("a number without an end");
}

function readNegative(message: Uint8Array, start: number): number {
  let bits = 0n;
  for (let index = 0; index < 10; index++)
    bits |= BigInt(message[start + index]! & 0x7f) << BigInt(7 * index);
  return Number(BigInt.asIntN(64, bits));
}
