/** Counts the parts of a multipart body as it comes, cut anywhere, without keeping it (RFC 2046, 5.1.1). */
export class PartCounter {
  readonly #mark: Buffer;
  #rest: Buffer = Buffer.alloc(0);
  #parts = 0;

  /** Undefined where the content type is not a multipart one. */
  static of(contentType: string | undefined): PartCounter | undefined {
    const [, quoted, bare] =
      /^multipart\/[^;]+;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? "") ?? [];
    const boundary = quoted ?? bare;
    return boundary === undefined ? undefined : new PartCounter(boundary);
  }

  constructor(boundary: string) {
    // The last delimiter has two dashes where the others have a line break.
    this.#mark = Buffer.from(`--${boundary}\r\n`);
  }

  get parts(): number {
    return this.#parts;
  }

  push(bytes: Buffer): void {
    const text = Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (let found = text.indexOf(this.#mark); found !== -1; found = text.indexOf(this.#mark, at)) {
      this.#parts += 1;
      at = found + this.#mark.length;
    }
    this.#rest = text.subarray(Math.max(at, text.length - this.#mark.length + 1));
  }
}
