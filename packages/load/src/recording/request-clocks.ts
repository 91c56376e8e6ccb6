import type { AnswerObservation } from "../streams/answer-observation.ts";

/**
 * The times of one request, as `performance.now()` in milliseconds, and which one it is. One object serves all
 * requests of a user. Not a number: that moment has not come.
 */
export class RequestClocks {
  /** When the schedule wanted it sent. */
  dueMs = 0;
  /** First byte handed to the socket. */
  sentMs = 0;
  /** The bytes that completed the final answer's head. */
  headersMs = 0;
  /** The first bytes of the body; not a number for an answer without one. */
  firstByteMs = 0;
  /** The bytes that completed the answer. */
  endMs = 0;
  /** Who sends: a user's number, or a connection's where requests come due without users. */
  readonly user: number;
  /** Of {@link Workload.parts}. */
  part = 0;
  /** How many requests this user has begun before this one; sent again it is the same. */
  request = -1;
  /** How often this user has begun a turn before this one. */
  turn = -1;
  /** 0 the first time these bytes are sent, 1 when they are sent again. */
  attempt = 0;
  /** Of the request as it is sent, head and body. */
  requestBytes = 0;
  /** Of the answer's head; 0 while there is none. */
  status = 0;
  bodyBytes = 0;

  constructor(user = 0) {
    this.user = user;
  }

  begin(dueMs: number): void {
    this.dueMs = dueMs;
    this.request += 1;
    this.attempt = 0;
    this.beginAttempt();
  }

  /** Says what is about to be sent. */
  describe(part: number | undefined, requestBytes: number): void {
    this.part = part ?? 0;
    this.requestBytes = requestBytes;
  }

  /** The same request again: due when it was. */
  beginAttempt(): void {
    this.sentMs = Number.NaN;
    this.headersMs = Number.NaN;
    this.firstByteMs = Number.NaN;
    this.endMs = Number.NaN;
    this.status = 0;
    this.bodyBytes = 0;
  }
}

/** How one request ended. */
export type RequestOutcome =
  | {
      readonly kind: "completed";
      readonly units: number;
      /** Units that the server says it cut; undefined where it did not say. */
      readonly truncated: number | undefined;
      /** What else the answer showed; valid until the next one. */
      readonly observed?: AnswerObservation | undefined;
    }
  | {
      readonly kind: "failed";
      /** What failures are counted by, e.g. `http-503`, `timeout`, `malformed-status-line`. */
      readonly failure: string;
      readonly message: string;
      /** The first bytes of the body, as text; empty where there was none. */
      readonly body: string;
    }
  /** In flight when the run ended: neither the server's success nor its failure. */
  | {
      readonly kind: "cut-off";
      /** What was seen of the answer until then. */
      readonly observed?: AnswerObservation | undefined;
    };
