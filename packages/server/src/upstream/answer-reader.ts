import { AnswerGarbage } from "./answer-garbage.ts";
import { ChunkReader } from "./chunk-reader.ts";

export interface AnswerHead {
  readonly status: number;
  /** Of a name in lower case; several of one name are joined by commas. */
  readonly header: (name: string) => string | undefined;
}

export interface AnswerSink {
  onHead(head: AnswerHead): void;
  /**
   * What came of the body with one read. The bytes are the caller's to keep. `framed` are the same as one chunk of a chunked body, where
   * they came like that.
   */
  onBody(bytes: Uint8Array, framed?: Uint8Array): void;
  /** The answer is whole. */
  onEnd(reusable: boolean): void;
}

const longestHead = 64 * 1024;
const headEnd = Buffer.from("\r\n\r\n");

type Body =
  | { readonly kind: "none" }
  | { readonly kind: "length"; left: number }
  | { readonly kind: "chunked"; readonly reader: ChunkReader }
  | { readonly kind: "until-close" };

/**
 * Reads one answer of HTTP/1.1 from its bytes as they come, cut anywhere. It does less than a general parser, and nothing at all for
 * each chunk but to find its end: streams of small chunks are what it is for.
 * Source: RFC 9112.
 */
export class AnswerReader {
  readonly #sink: AnswerSink;
  #head: Buffer | undefined = Buffer.alloc(0);
  #body: Body = { kind: "none" };
  #keepAlive = false;
  #over = false;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Throws AnswerGarbage. `bytes` may be overwritten afterwards. */
  push(bytes: Buffer): void {
    if (this.#over) throw new AnswerGarbage("sent more than its answer");
    if (this.#head === undefined) return this.#readBody(bytes);
    let head = Buffer.concat([this.#head, bytes]);
    for (;;) {
      const end = head.indexOf(headEnd);
      if (end < 0) {
        if (head.length > longestHead)
          throw new AnswerGarbage(`sent a head of more than ${longestHead} bytes`);
        // Whoever speaks something else may never send the end of a head.
        if (!"HTTP/1.".startsWith(head.toString("latin1", 0, 7))) throw noHttp(head);
        this.#head = head;
        return;
      }
      const known = parseHead(head, end);
      const rest = head.subarray(end + headEnd.length);
      if (known.status >= 200) {
        this.#head = undefined;
        return this.#begin(known, rest);
      }
      // An interim answer: the one that counts follows.
      head = rest;
    }
  }

  /** The connection was closed. Throws AnswerGarbage where the answer was not whole. */
  close(): void {
    if (this.#over) return;
    if (this.#body.kind !== "until-close" || this.#head !== undefined) {
      throw new AnswerGarbage("closed the connection");
    }
    this.#end(false);
  }

  #begin({ status, headers, keepAlive }: ParsedHead, rest: Buffer): void {
    this.#keepAlive = keepAlive;
    const length = headers.get("content-length");
    if (status === 204 || status === 304) this.#body = { kind: "none" };
    else if (/\bchunked\s*$/i.test(headers.get("transfer-encoding") ?? ""))
      this.#body = { kind: "chunked", reader: new ChunkReader() };
    else if (length === undefined) this.#body = { kind: "until-close" };
    else if (/^\d{1,15}$/.test(length)) this.#body = { kind: "length", left: Number(length) };
    else throw new AnswerGarbage(`sent the content-length ${JSON.stringify(length.slice(0, 40))}`);
    this.#sink.onHead({ status, header: (name) => headers.get(name) });
    const { kind } = this.#body;
    if (kind === "none" || (kind === "length" && this.#body.left === 0)) return this.#end(rest.length === 0);
    if (rest.length > 0) this.#readBody(rest);
  }

  #readBody(bytes: Buffer): void {
    const body = this.#body;
    switch (body.kind) {
      case "chunked": {
        const read = body.reader.push(bytes);
        if (read !== undefined) this.#sink.onBody(read, body.reader.framed);
        if (body.reader.isOver) this.#end(body.reader.isClean);
        return;
      }
      case "length": {
        const taken = bytes.length > body.left ? bytes.subarray(0, body.left) : bytes;
        body.left -= taken.length;
        this.#sink.onBody(Buffer.from(taken));
        if (body.left === 0) this.#end(taken.length === bytes.length);
        return;
      }
      case "until-close":
        this.#sink.onBody(Buffer.from(bytes));
        return;
      case "none":
        throw new AnswerGarbage("sent a body where there is none");
    }
  }

  #end(clean: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink.onEnd(clean && this.#keepAlive);
  }
}

interface ParsedHead {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly keepAlive: boolean;
}

function parseHead(bytes: Buffer, end: number): ParsedHead {
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const [, minor, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? [];
  if (status === undefined) throw noHttp(bytes);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0) throw new AnswerGarbage("sent a header line without a name");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const keepAlive = minor === "1" ? !connection.includes("close") : connection.includes("keep-alive");
  return { status: Number(status), headers, keepAlive };
}

function noHttp(bytes: Buffer): AnswerGarbage {
  return new AnswerGarbage(
    `does not speak HTTP/1.1: it sent ${JSON.stringify(bytes.toString("latin1", 0, 40))}`,
  );
}
