import type { ResponseHead } from "./http/response-head.ts";
import type { StreamedBody } from "./http/streamed-body.ts";
import type { AnswerObservation } from "./streams/answer-observation.ts";

/** What a workload counts: texts/s, not only requests/s. */
export type UnitKind = "texts" | "requests" | "tokens" | "files";

/** An answer, as much of it as was kept. */
export interface ReceivedAnswer {
  readonly status: number;
  /** All bytes of the body, kept or not. */
  readonly bodyBytes: number;
  /**
   * The whole body where {@link WorkloadSession.readHead} asked for it, else of a refusal its first 64 KiB. Valid during
   * the call.
   */
  readonly body: Uint8Array;
}

export type AnswerJudgement =
  | {
      readonly kind: "good";
      readonly units: number;
      /** How many of the units the server says it cut; undefined where it did not say. */
      readonly truncated: number | undefined;
      /** What else there was to see, such as times of tokens. May be one object for all answers of a session. */
      readonly observed?: AnswerObservation | undefined;
    }
  | {
      readonly kind: "bad";
      /** A short name to count by, e.g. `http-503` or `wrong-answer`. */
      readonly failure: string;
      readonly message: string;
    };

/** What one virtual user sends and how it judges what comes back. Called for every request: cheap, and without garbage. */
export interface WorkloadSession {
  /** The next request, head and body in one. The bytes stay as they are until the next call. */
  nextRequest(): Uint8Array;
  /** What follows those bytes from files. Called right after {@link WorkloadSession.nextRequest}. */
  nextBody?(): StreamedBody | undefined;
  /** Looks at an answer's head and says whether its body is to be kept whole. */
  readHead(head: ResponseHead): boolean;
  /** Looks at a piece of the body as it comes; the bytes are valid during the call. */
  onBody?(bytes: Uint8Array, start: number, end: number, atMs: number): void;
  /** Judges a whole answer, whatever its status. */
  judge(answer: ReceivedAnswer): AnswerJudgement;
  /**
   * Asked after a good answer: whether the next request goes on with what this one began (the answer of a tool, the
   * next step of a task). It is then sent at once, whatever the schedule says, and is due when the one before it ended:
   * all of them are one turn. @default false
   */
  readonly continues?: boolean;
  /** A request failed, with an answer or without one: a turn of several requests is over, and the next begins anew. */
  abandon?(): void;
  /** Which of {@link Workload.parts} the last request belongs to. @default 0 */
  readonly part?: number;
  /**
   * What is seen so far of an answer that comes token by token, for a request that a run's end cuts off. Times from before
   * it was sent are those of the answer before. Undefined where the last request asks for no such answer.
   */
  readonly observed?: AnswerObservation | undefined;
}

/** How many answers were looked into beyond status and size. */
export interface WorkloadChecks {
  /** Answers whose body was read and checked whole. */
  readonly examined: number;
  readonly failed: number;
  /** What else was counted, by name: how many there were and how many of them were right. Workers' counts add up. */
  readonly tallies?: Readonly<Record<string, { readonly of: number; readonly right: number }>>;
}

/** What virtual users do. One of these serves all users of a run. */
export interface Workload {
  readonly kind: string;
  readonly unit: UnitKind;
  /** How many different requests were prepared. */
  readonly requests: number;
  /** Names of the kinds of requests, where results tell them apart: parts of a mix, steps of a scenario. */
  readonly parts?: readonly string[];
  /** Sessions of user 0, 1, 2, ... differ in where they begin. */
  createSession(user: number): WorkloadSession;
  readonly checks: WorkloadChecks;
}
