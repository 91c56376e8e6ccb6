import type { AnswerHead } from "./answer-reader.ts";

/** What is made of one answer of a server, while it comes. */
export interface AnswerReading<Result> {
  /** Whether the client has a part of it: then nobody else can be asked. */
  readonly begun: boolean;
  /** Throws what it means where these bytes are no answer. `framed` is as of the reader. */
  onBody(bytes: Uint8Array, framed?: Uint8Array): void;
  /**
   * The answer is over: `closed` in order, or the connection broke. Undefined where it is not whole; throws what it means where
   * it is no answer.
   */
  finish(closed: boolean): Result | undefined;
}

/** Begins to read an answer whose status is 200. Throws where it cannot be one. */
export type ReadAnswer<Result> = (head: AnswerHead) => AnswerReading<Result>;
