import type { FileHandle } from "node:fs/promises";

/** One field of a protobuf message: a number in `value`, or bytes from `start` to `end` of the file. */
export interface FileField {
  readonly number: number;
  readonly value: number;
  /** Where its number in front is. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** Walks protobuf fields in a file, skipping over contents; a window of the file is kept for the many small ones. */
export class FieldReader {
  readonly #file: FileHandle;
  readonly #window: Buffer = Buffer.alloc(65_536);
  #windowStart = 0;
  #windowLength = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async *fields(start: number, end: number): AsyncGenerator<FileField> {
    let at = start;
    while (at < end) {
      const tag = await this.#varint(at);
      const number = Math.floor(tag.value / 8);
      const wireType = tag.value % 8;
      if (wireType === 0) {
        const { value, next } = await this.#varint(tag.next);
        yield { number, value, at, start: tag.next, end: next };
        at = next;
      } else if (wireType === 1 || wireType === 5) {
        const next = tag.next + (wireType === 1 ? 8 : 4);
        yield { number, value: 0, at, start: tag.next, end: next };
        at = next;
      } else if (wireType === 2) {
        const { value, next } = await this.#varint(tag.next);
        yield { number, value: -1, at, start: next, end: next + value };
        at = next + value;
      } else {
        throw new RangeError(`protobuf wire type ${wireType} at byte ${at}`);
      }
    }
  }

  /** The product of a repeated number field, packed or not. */
  async product(field: FileField): Promise<number> {
    if (field.value !== -1) return field.value;
    let product = 1;
    for (let at = field.start; at < field.end;) {
      const { value, next } = await this.#varint(at);
      product *= value;
      at = next;
    }
    return product;
  }

  /** The text fields of a small message, in order of their numbers. */
  async strings(message: FileField): Promise<string[]> {
    const texts: string[] = [];
    for await (const { number, start, end } of this.fields(message.start, message.end)) {
      texts[number - 1] = (await this.bytes(start, end)).toString("utf8");
    }
    return texts;
  }

  /** A field with its number in front, as it stands in the file. */
  async whole({ at, end }: FileField): Promise<Buffer> {
    return await this.bytes(at, end);
  }

  /** A part of the file, copied. */
  async bytes(start: number, end: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(end - start);
    const offset = start - this.#windowStart;
    if (offset >= 0 && offset + bytes.length <= this.#windowLength) {
      this.#window.copy(bytes, 0, offset);
      return bytes;
    }
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await this.#file.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw new RangeError(`the file ends before byte ${end}`);
      at += bytesRead;
    }
    return bytes;
  }

  async #varint(start: number): Promise<{ value: number; next: number }> {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = await this.#byte(start + index);
      // Numbers beyond 2^53 occur only as negative values, which mean nothing here.
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return { value, next: start + index + 1 };
    }
    throw new RangeError(`protobuf number without an end at byte ${start}`);
  }

  async #byte(at: number): Promise<number> {
    const offset = at - this.#windowStart;
    if (offset >= 0 && offset < this.#windowLength) return this.#window[offset]!;
    const { bytesRead } = await this.#file.read(this.#window, 0, this.#window.length, at);
    if (bytesRead === 0) throw new RangeError(`the file ends before byte ${at}`);
    this.#windowStart = at;
    this.#windowLength = bytesRead;
    return this.#window[0]!;
  }
}
