import type { MalformedAnswerKind } from "./transport-failure.ts";

/** Receives the bytes of a body; they are valid during the call. */
export interface BodySink {
  onBody(bytes: Uint8Array, start: number, end: number): void;
}

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const semicolon = 0x3b;
const space = 0x20;
const tab = 0x09;

/** Longest size line, extensions included, and longest trailer section, in bytes. */
const longestSizeLineBytes = 16 * 1024;
const longestTrailersBytes = 64 * 1024;
// More than any body, and exact in a double.
const largestChunkBytes = 2 ** 48;

// Numbers, not names: this state is switched on for every byte between chunks.
const sizeState = 0;
const extensionState = 1;
const sizeEndState = 2;
const dataState = 3;
const dataEndState = 4;
const dataEndFeedState = 5;
const trailerStartState = 6;
const trailerState = 7;
const trailersEndState = 8;
const doneState = 9;

/** Decodes a chunked body (RFC 9112 section 7.1) that arrives in pieces of any size. Trailers are read and dropped. */
export class ChunkedBody {
  failure: MalformedAnswerKind | undefined;
  #state = doneState;
  #size = 0;
  #lineBytes = 0;

  get done(): boolean {
    return this.#state === doneState;
  }

  begin(): void {
    this.failure = undefined;
    this.#state = sizeState;
    this.#startSizeLine();
  }

  /** Decodes `bytes[start, end)`; returns where it stopped: after the last chunk, at a failure, or `end`. */
  feed(bytes: Uint8Array, start: number, end: number, sink: BodySink): number {
    let at = start;
    while (at < end && this.#state !== doneState) {
      if (this.#state === dataState) {
        const take = Math.min(this.#size, end - at);
        this.#size -= take;
        if (this.#size === 0) this.#state = dataEndState;
        sink.onBody(bytes, at, at + take);
        at += take;
      } else {
        this.#readByte(bytes[at]!);
        if (this.failure !== undefined) return at;
        at += 1;
      }
    }
    return at;
  }

  #readByte(byte: number): void {
    switch (this.#state) {
      case sizeState:
        this.#readSize(byte);
        break;
      case extensionState:
        this.#countLineByte(longestSizeLineBytes, "chunk-line-too-long");
        if (byte === carriageReturn) this.#state = sizeEndState;
        else if (byte === lineFeed) this.#endSizeLine();
        break;
      case sizeEndState:
        if (byte === lineFeed) this.#endSizeLine();
        else this.failure = "malformed-chunk-size";
        break;
      case dataEndState:
        if (byte === carriageReturn) this.#state = dataEndFeedState;
        else if (byte === lineFeed) this.#startNextChunk();
        else this.failure = "missing-chunk-end";
        break;
      case dataEndFeedState:
        if (byte === lineFeed) this.#startNextChunk();
        else this.failure = "missing-chunk-end";
        break;
      case trailerStartState:
        this.#countLineByte(longestTrailersBytes, "header-too-large");
        if (byte === carriageReturn) this.#state = trailersEndState;
        else if (byte === lineFeed) this.#state = doneState;
        else this.#state = trailerState;
        break;
      case trailerState:
        this.#countLineByte(longestTrailersBytes, "header-too-large");
        if (byte === lineFeed) this.#state = trailerStartState;
        break;
      case trailersEndState:
        if (byte === lineFeed) this.#state = doneState;
        else this.failure = "malformed-header";
        break;
      default:
        break;
    }
  }

  #readSize(byte: number): void {
    const digit = hexValue(byte);
    if (digit >= 0) {
      // Zeros in front are many with a few servers, which write the size into a place of fixed width.
      this.#countLineByte(longestSizeLineBytes, "chunk-line-too-long");
      this.#size = this.#size * 16 + digit;
      if (this.#size >= largestChunkBytes) this.failure = "chunk-size-overflow";
    } else if (this.#lineBytes === 0) this.failure = "malformed-chunk-size";
    else if (byte === carriageReturn) this.#state = sizeEndState;
    else if (byte === lineFeed) this.#endSizeLine();
    else if (byte === semicolon || byte === space || byte === tab) this.#state = extensionState;
    else this.failure = "malformed-chunk-size";
  }

  #endSizeLine(): void {
    this.#lineBytes = 0;
    this.#state = this.#size === 0 ? trailerStartState : dataState;
  }

  #startNextChunk(): void {
    this.#state = sizeState;
    this.#startSizeLine();
  }

  #startSizeLine(): void {
    this.#size = 0;
    this.#lineBytes = 0;
  }

  #countLineByte(limit: number, failure: MalformedAnswerKind): void {
    this.#lineBytes += 1;
    if (this.#lineBytes > limit) this.failure = failure;
  }
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
