import type { ResponseHead } from "./http/response-head.ts";

/** What a workload counts: texts/s, not only requests/s. */
export type UnitKind = "texts";

/** An answer, as much of it as was kept. */
export interface ReceivedAnswer {
  readonly status: number;
  /** All bytes of the body, kept or not. */
  readonly bodyBytes: number;
  /** The whole body where {@link WorkloadSession.readHead} asked for it, else its first 2 KiB. Valid during the call. */
  readonly body: Uint8Array;
}

export type AnswerJudgement =
  | {
      readonly kind: "good";
      readonly units: number;
      /** How many of the units the server says it cut; undefined where it did not say. */
      readonly truncated: number | undefined;
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
  /** Looks at an answer's head and says whether its body is to be kept whole. */
  readHead(head: ResponseHead): boolean;
  /** Judges a whole answer, whatever its status. */
  judge(answer: ReceivedAnswer): AnswerJudgement;
}

/** How many answers were looked into beyond status and size. */
export interface WorkloadChecks {
  /** Answers whose body was read and checked whole. */
  readonly examined: number;
  readonly failed: number;
}

/** What virtual users do. One of these serves all users of a run. */
export interface Workload {
  readonly kind: string;
  readonly unit: UnitKind;
  /** How many different requests were prepared. */
  readonly requests: number;
  /** Sessions of user 0, 1, 2, ... differ in where they begin. */
  createSession(user: number): WorkloadSession;
  readonly checks: WorkloadChecks;
}
