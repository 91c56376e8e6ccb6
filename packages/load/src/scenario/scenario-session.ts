import { WeirError, type ChatDialectName } from "@weir/protocol";
import type { ResponseHead } from "../http/response-head.ts";
import { ServerTimeReader } from "../http/server-time.ts";
import { AnswerObservation } from "../streams/answer-observation.ts";
import { ChatAnswerReader } from "../streams/chat-answer-reader.ts";
import type { AnswerJudgement, ReceivedAnswer, WorkloadSession } from "../workload.ts";
import type { EncodedStep, StepEncoder } from "./encode-scenario-request.ts";
import { KeptAnswer, keepsBody } from "./scenario-answer.ts";
import type { ScenarioTurn } from "./scenario.ts";

export interface ScenarioSessionParts {
  readonly encoder: StepEncoder;
  /** Begins a turn. */
  startTurn(turn: number): ScenarioTurn;
  /** Told of each answer that the scenario looked at. */
  onChecked(failed: boolean): void;
}

/** Turns of one user: a generator for each, resumed with every answer. */
export class ScenarioSession implements WorkloadSession {
  readonly #parts: ScenarioSessionParts;
  readonly #headers = new Map<string, string | undefined>();
  readonly #serverTime = new ServerTimeReader();
  readonly #observed = new AnswerObservation();
  readonly #good: AnswerJudgement = { kind: "good", units: 1, truncated: undefined };
  readonly #goodTimed: AnswerJudgement = {
    kind: "good",
    units: 1,
    truncated: undefined,
    observed: this.#observed,
  };
  readonly #readers = new Map<string, ChatAnswerReader>();
  // Of the answer that is coming, where it is a stream.
  #reader: ChatAnswerReader | undefined;
  #turns = 0;
  #turn: ScenarioTurn | undefined;
  #next: EncodedStep | undefined;
  #current: EncodedStep | undefined;

  constructor(parts: ScenarioSessionParts) {
    this.#parts = parts;
  }

  get continues(): boolean {
    return this.#next !== undefined;
  }

  get part(): number {
    return this.#current?.part ?? 0;
  }

  get observed(): AnswerObservation | undefined {
    return this.#current?.request.stream === undefined ? undefined : this.#observed;
  }

  nextRequest(): Uint8Array {
    this.#current = this.#next ?? this.#begin();
    this.#next = undefined;
    return this.#current.bytes;
  }

  readHead(head: ResponseHead): boolean {
    this.#observed.begin();
    this.#serverTime.read(head, this.#observed);
    this.#headers.clear();
    const { request, expected } = this.#current!;
    const { keepHeaders = [], stream } = request;
    this.#reader = stream === undefined || expected[head.status] !== 1 ? undefined : this.#readerOf(stream);
    this.#reader?.begin();
    for (const name of keepHeaders) this.#headers.set(name.toLowerCase(), head.find(name.toLowerCase()));
    return this.#reader === undefined && keepsBody(request);
  }

  onBody(bytes: Uint8Array, start: number, end: number, atMs: number): void {
    this.#reader?.push(bytes, start, end, atMs);
  }

  judge(answer: ReceivedAnswer): AnswerJudgement {
    const { request, expected } = this.#current!;
    if (expected[answer.status] !== 1)
      return {
        kind: "bad",
        failure: `http-${answer.status}`,
        message: `status ${answer.status}, expected ${request.expect ?? "2xx"}`,
      };
    // Sent once more after a check had failed it: the turn is over, and stays failed.
    if (this.#turn === undefined)
      return { kind: "bad", failure: "scenario-check", message: "the scenario had failed it before" };
    const fault = this.#reader?.finish();
    if (fault !== undefined) {
      this.#parts.onChecked(true);
      return { kind: "bad", failure: fault.failure, message: fault.message };
    }
    const kept = new KeptAnswer(answer, request, this.#headers, this.#reader?.kept.text);
    let step: ReturnType<ScenarioTurn["next"]>;
    try {
      step = this.#turn.next(kept);
    } catch (error) {
      // The scenario used something wrongly: no server is to blame, and the run cannot go on.
      if (error instanceof WeirError) throw error;
      this.#turn = undefined;
      this.#parts.onChecked(true);
      const message = error instanceof Error ? error.message : String(error);
      return { kind: "bad", failure: "scenario-check", message };
    } finally {
      kept.release();
    }
    this.#parts.onChecked(false);
    if (step.done === true) this.#turn = undefined;
    else this.#next = this.#parts.encoder.encode(step.value);
    return this.#reader !== undefined || this.#observed.isTimed ? this.#goodTimed : this.#good;
  }

  abandon(): void {
    this.#next = undefined;
    const turn = this.#turn;
    this.#turn = undefined;
    // Runs its `finally` blocks; what they yield is not sent.
    turn?.return();
  }

  #readerOf(dialect: ChatDialectName): ChatAnswerReader {
    const keeps = keepsBody(this.#current!.request);
    const name = `${dialect} ${keeps}`;
    let reader = this.#readers.get(name);
    if (reader === undefined) {
      reader = new ChatAnswerReader(dialect, this.#observed, keeps);
      this.#readers.set(name, reader);
    }
    return reader;
  }

  #begin(): EncodedStep {
    // A turn that was given up without a word, by a connection that was lost.
    if (this.#turn !== undefined) this.abandon();
    this.#turn = this.#parts.startTurn(this.#turns);
    this.#turns += 1;
    return this.#parts.encoder.encode(firstOf(this.#turn));
  }
}

/** The first request of a turn. Throws USAGE where there is none. */
export function firstOf(turn: ScenarioTurn): Parameters<StepEncoder["encode"]>[0] {
  let step: ReturnType<ScenarioTurn["next"]>;
  try {
    step = turn.next();
  } catch (error) {
    if (error instanceof WeirError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `the scenario threw before the first request of a turn: ${message}`, {
      cause: error,
    });
  }
  if (step.done === true)
    throw new WeirError("USAGE", "each turn of a scenario must yield at least one request, got none");
  return step.value;
}
