import type { ChatDialectName } from "@weir/protocol";
import type { ResponseHead } from "../http/response-head.ts";
import { ServerTimeReader } from "../http/server-time.ts";
import { AnswerObservation } from "../streams/answer-observation.ts";
import { ChatAnswerReader, type AnswerFault } from "../streams/chat-answer-reader.ts";
import { findErrorMessage, tryParseJson } from "../streams/describe-error.ts";
import type { AnswerJudgement, ReceivedAnswer, WorkloadSession } from "../workload.ts";
import type { ChunkCheck } from "./chat-plan.ts";
import type { TurnScript } from "./turn-script.ts";

export interface ChatSessionParts {
  readonly dialect: ChatDialectName;
  readonly stream: boolean;
  readonly check: ChunkCheck | undefined;
  readonly script: TurnScript;
  /** Counts of answers that were looked into, those of all sessions together. */
  readonly counts: { examined: number; failed: number };
}

/** One user: sends what its script says, and reads and judges what comes back. */
export class ChatSession implements WorkloadSession {
  readonly #parts: ChatSessionParts;
  readonly #observed = new AnswerObservation();
  readonly #reader: ChatAnswerReader;
  readonly #serverTime = new ServerTimeReader();
  // One judgement serves all good answers: whoever keeps it takes a copy.
  readonly #good = {
    kind: "good" as const,
    units: 0,
    truncated: undefined,
    observed: this.#observed,
  };
  #streams = false;

  constructor(parts: ChatSessionParts) {
    this.#parts = parts;
    this.#reader = new ChatAnswerReader(parts.dialect, this.#observed, parts.script.takeAnswer !== undefined);
  }

  get observed(): AnswerObservation {
    return this.#observed;
  }

  nextRequest(): Uint8Array {
    return this.#parts.script.nextRequest();
  }

  readHead(head: ResponseHead): boolean {
    this.#observed.begin();
    this.#serverTime.read(head, this.#observed);
    this.#streams = this.#parts.stream && head.status === 200;
    if (this.#streams) this.#reader.begin();
    // Of a refusal its beginning is enough.
    return !this.#streams && head.status < 300;
  }

  onBody(bytes: Uint8Array, start: number, end: number, atMs: number): void {
    if (this.#streams) this.#reader.push(bytes, start, end, atMs);
  }

  judge(answer: ReceivedAnswer): AnswerJudgement {
    if (answer.status !== 200) return this.#judgeRefusal(answer);
    const { counts, script } = this.#parts;
    counts.examined += 1;
    const fault = this.#streams ? this.#reader.finish() : this.#reader.readWhole(answer.body);
    const found = fault ?? this.#checkChunks();
    if (found !== undefined) {
      counts.failed += 1;
      return { kind: "bad", failure: found.failure, message: found.message };
    }
    script.takeAnswer?.(this.#reader.kept);
    // Tokens that the server did not count are not known; chunks are never taken for them.
    const { outputTokens } = this.#observed;
    this.#good.units = Number.isNaN(outputTokens) ? 0 : outputTokens;
    return this.#good;
  }

  abandon(): void {
    this.#parts.script.abandon?.();
  }

  #checkChunks():
    | { readonly failure: AnswerFault["failure"] | "check-failed"; readonly message: string }
    | undefined {
    const { check } = this.#parts;
    if (check === undefined) return undefined;
    const seen = this.#observed.chunks;
    if (check.comparison === ">" ? seen > check.chunks : seen >= check.chunks) return undefined;
    return {
      failure: "check-failed",
      message: `expected chunks${check.comparison}${check.chunks}, got ${seen}`,
    };
  }

  #judgeRefusal({ status, body }: ReceivedAnswer): AnswerJudgement {
    const said = findErrorMessage(tryParseJson(body));
    const message = `status ${status} instead of 200`;
    return {
      kind: "bad",
      failure: `http-${status}`,
      message: said === undefined ? message : `${message}: ${said}`,
    };
  }
}

/** A user whose turns may take several requests. */
export class TaskSession extends ChatSession {
  readonly #script: TurnScript;

  constructor(parts: ChatSessionParts) {
    super(parts);
    this.#script = parts.script;
  }

  get continues(): boolean {
    return this.#script.continues === true;
  }
}
