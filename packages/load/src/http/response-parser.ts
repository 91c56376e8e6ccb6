import { ChunkedBody, type BodySink } from "./chunked-body.ts";
import { brokenLine, endOfHeadLine, mayBeStatusLine } from "./head-bytes.ts";
import { continuesLine, parseHeaderLine, parseStatusLine, type BodyFraming } from "./header-lines.ts";
import { ResponseHead } from "./response-head.ts";
import type { MalformedAnswerKind } from "./transport-failure.ts";

/** Receives one answer, in this order: the head once, body bytes any number of times, the end once. */
export interface ResponseSink extends BodySink {
  /** The head of the final answer; interim ones (1xx) are skipped. Valid during the call. */
  onHead(head: ResponseHead): void;
  /** `reusable`: whether the connection may carry another request. */
  onEnd(reusable: boolean): void;
}

/** Longest status line and header section together, in bytes. */
const longestHeadBytes = 64 * 1024;
const mostInterimAnswers = 64;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

const idleState = 0;
const headState = 1;
const lengthState = 2;
const chunkedState = 3;
const untilCloseState = 4;
const completeState = 5;
const failedState = 6;

/**
 * Reads HTTP/1.1 answers (RFC 9112) as their bytes arrive, split anywhere. Nothing is allocated for an answer whose
 * head arrives in one piece; a head in pieces is gathered in a buffer of at most {@link longestHeadBytes}.
 */
export class ResponseParser {
  readonly #sink: ResponseSink;
  readonly #head = new ResponseHead();
  readonly #chunked = new ChunkedBody();
  readonly #framing: BodyFraming = {
    contentLength: -1,
    chunked: false,
    keepAlive: undefined,
    fault: undefined,
  };
  #state = idleState;
  #headRequest = false;
  #interimAnswers = 0;
  #bodyBytesLeft = 0;
  // A head in pieces: all of it so far, and how far its lines have been read.
  #gathered: Uint8Array = new Uint8Array(0);
  #gatheredBytes = 0;
  #lineStart = 0;
  #scannedTo = 0;
  #statusRead = false;
  #headerStart = 0;
  // How much of a line break between two answers has come.
  #breakBytes = 0;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** Expects the answer to a request that is about to be sent. */
  begin(isHeadRequest = false): void {
    this.#headRequest = isHeadRequest;
    this.#interimAnswers = 0;
    this.#beginHead();
  }

  /**
   * Reads `bytes[0, length)`. Returns what is wrong with them, or undefined. Once something was wrong the parser
   * stays silent until the next {@link ResponseParser.begin}.
   */
  feed(bytes: Uint8Array, length: number): MalformedAnswerKind | undefined {
    let at = 0;
    while (at < length) {
      switch (this.#state) {
        case headState: {
          if (bytes[at]! <= carriageReturn && this.#isBetweenAnswers) {
            const after = this.#passBreak(bytes, at, length);
            if (after !== at) {
              at = after;
              break;
            }
          }
          const next =
            this.#gatheredBytes === 0 ? this.#readHead(bytes, at, length) : this.#gather(bytes, at, length);
          if (typeof next === "string") return this.#fail(next);
          at = next;
          break;
        }
        case lengthState:
          at = this.#readLength(bytes, at, length);
          break;
        case chunkedState:
          at = this.#chunked.feed(bytes, at, length, this.#sink);
          if (this.#chunked.failure !== undefined) return this.#fail(this.#chunked.failure);
          if (this.#chunked.done) this.#state = completeState;
          break;
        case untilCloseState:
          this.#sink.onBody(bytes, at, length);
          return undefined;
        case completeState:
          at = this.#passBreak(bytes, at, length);
          if (at === length) break;
          return this.#fail("unexpected-bytes");
        case idleState:
          // One request is in flight, so what follows its answer can belong to nothing: the framing is wrong.
          return this.#fail("unexpected-bytes");
        default:
          return undefined;
      }
    }
    // Last of all, because the sink may begin the next exchange in this call.
    if (this.#state === completeState) this.#end();
    return undefined;
  }

  /**
   * Whether bytes that came while no answer is expected mean nothing: a few servers send a line break after a body
   * (RFC 9112 section 2.2).
   */
  passesIdle(bytes: Uint8Array, length: number): boolean {
    return this.#passBreak(bytes, 0, length) === length;
  }

  /** The server closed its side. Returns what is missing, or undefined if nothing is (the end has been reported). */
  close(): MalformedAnswerKind | "closed-before-answer" | undefined {
    const state = this.#state;
    this.#state = idleState;
    switch (state) {
      case untilCloseState:
        this.#sink.onEnd(false);
        return undefined;
      case headState:
        return this.#gatheredBytes === 0 && this.#interimAnswers === 0
          ? "closed-before-answer"
          : "closed-in-head";
      case lengthState:
      case chunkedState:
        return "closed-in-body";
      default:
        return undefined;
    }
  }

  get #isBetweenAnswers(): boolean {
    return this.#gatheredBytes === 0 && this.#interimAnswers === 0;
  }

  // Passes over what is left of one line break between two answers.
  #passBreak(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (at < end && this.#breakBytes === 0 && bytes[at] === carriageReturn) {
      this.#breakBytes = 1;
      at += 1;
    }
    if (at < end && this.#breakBytes === 1 && bytes[at] === lineFeed) {
      this.#breakBytes = 2;
      at += 1;
    }
    return at;
  }

  #beginHead(): void {
    this.#state = headState;
    this.#gatheredBytes = 0;
    this.#resetLines(0);
  }

  #resetLines(start: number): void {
    this.#lineStart = start;
    this.#scannedTo = start;
    this.#statusRead = false;
    this.#framing.contentLength = -1;
    this.#framing.chunked = false;
    this.#framing.keepAlive = undefined;
    this.#framing.fault = undefined;
  }

  // Reads a head straight from the bytes that came. What is incomplete is gathered, with the place reached.
  #readHead(bytes: Uint8Array, start: number, end: number): number | MalformedAnswerKind {
    this.#resetLines(start);
    const next = this.#readLines(bytes, end);
    if (next !== -1) return next;
    if (end - start > longestHeadBytes) return "header-too-large";
    this.#append(bytes, start, end);
    this.#lineStart -= start;
    this.#scannedTo -= start;
    this.#headerStart -= start;
    return end;
  }

  #gather(bytes: Uint8Array, start: number, end: number): number | MalformedAnswerKind {
    const before = this.#gatheredBytes;
    // Never more than one head's worth is copied; what follows the head is body.
    const take = Math.min(end - start, longestHeadBytes + 1 - before);
    this.#append(bytes, start, start + take);
    const next = this.#readLines(this.#gathered, this.#gatheredBytes);
    if (typeof next === "string") return next;
    if (next !== -1) {
      this.#gatheredBytes = 0;
      return start + (next - before);
    }
    return this.#gatheredBytes > longestHeadBytes ? "header-too-large" : end;
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#gatheredBytes + (end - start);
    if (needed > this.#gathered.length) {
      const larger = new Uint8Array(Math.max(1024, needed * 2));
      larger.set(this.#gathered.subarray(0, this.#gatheredBytes));
      this.#gathered = larger;
    }
    this.#gathered.set(bytes.subarray(start, end), this.#gatheredBytes);
    this.#gatheredBytes = needed;
  }

  // Reads complete lines up to `end`. Returns where the body begins, -1 if the head is not complete, or what is wrong.
  #readLines(bytes: Uint8Array, end: number): number | MalformedAnswerKind {
    for (;;) {
      const start = this.#lineStart;
      const at = endOfHeadLine(bytes, this.#scannedTo, end);
      if (at === brokenLine) return this.#statusRead ? "malformed-header" : "malformed-status-line";
      if (at === end) {
        // A carriage return at the very end waits for what follows it.
        this.#scannedTo = bytes[end - 1] === carriageReturn ? Math.max(start, end - 1) : end;
        if (!this.#statusRead && !mayBeStatusLine(bytes, start, end)) return "malformed-status-line";
        return -1;
      }
      this.#lineStart = at + 1;
      this.#scannedTo = at + 1;
      if (!this.#statusRead) {
        if (!parseStatusLine(bytes, start, at, this.#head)) return "malformed-status-line";
        this.#statusRead = true;
        this.#headerStart = at + 1;
      } else if (at === start || (at === start + 1 && bytes[start] === carriageReturn)) {
        this.#head.setLines(bytes, this.#headerStart, start);
        return this.#endHead() ?? at + 1;
      } else if (!continuesLine(bytes, this.#headerStart, start)) {
        const failure = parseHeaderLine(bytes, start, at, this.#framing);
        if (failure !== undefined) return failure;
      }
    }
  }

  // Decides by status and framing where the body ends (RFC 9112 section 6.3).
  #endHead(): MalformedAnswerKind | undefined {
    const { status } = this.#head;
    const { contentLength, chunked, fault } = this.#framing;
    if (status === 101) return "unexpected-upgrade";
    if (status < 200) {
      this.#interimAnswers += 1;
      if (this.#interimAnswers > mostInterimAnswers) return "too-many-interim-answers";
      this.#statusRead = false;
      this.#beginHead();
      return undefined;
    }
    const hasBody = !this.#headRequest && status !== 204 && status !== 304;
    // What headers say of a body that cannot be is no fault (RFC 9112 section 6.3).
    if (hasBody && fault !== undefined) return fault;
    if (hasBody && chunked && contentLength !== -1) return "conflicting-lengths";
    this.#breakBytes = 0;
    this.#sink.onHead(this.#head);
    if (!hasBody) this.#expectBytes(0);
    else if (chunked) {
      this.#chunked.begin();
      this.#state = chunkedState;
    } else if (contentLength === -1) this.#state = untilCloseState;
    else this.#expectBytes(contentLength);
    return undefined;
  }

  #expectBytes(bytes: number): void {
    this.#bodyBytesLeft = bytes;
    this.#state = bytes === 0 ? completeState : lengthState;
  }

  #readLength(bytes: Uint8Array, start: number, end: number): number {
    const take = Math.min(this.#bodyBytesLeft, end - start);
    this.#bodyBytesLeft -= take;
    if (this.#bodyBytesLeft === 0) this.#state = completeState;
    this.#sink.onBody(bytes, start, start + take);
    return start + take;
  }

  #end(): void {
    this.#state = idleState;
    this.#sink.onEnd(this.#framing.keepAlive ?? this.#head.minorVersion === 1);
  }

  #fail(failure: MalformedAnswerKind): MalformedAnswerKind {
    this.#state = failedState;
    return failure;
  }
}
