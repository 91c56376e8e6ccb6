import {
  countGoodRounds,
  orderConfirmation,
  pairsOf,
  type ConfirmationPair,
  type ConfirmationVisit,
} from "./confirmation.ts";
import { describeSettings, keyOf, usersOf, type SweepSettings } from "./sweep-case.ts";
import { nearest } from "./sweep-matrix.ts";
import { withoutRunAdvice } from "../record/describe-result.ts";
import type { SweepEnd } from "./sweep-record.ts";
import type { SweepRequest } from "./sweep-request.ts";
import type { SweepSession } from "./sweep-session.ts";
import { isThere } from "./sweep-target.ts";
import type { SweepVisit } from "./sweep-visit.ts";
import { picksOf } from "./to-sweep-record.ts";
import { countForTime, countRequests, orderVisits, type PlannedVisit } from "./visit-plan.ts";

/** Where a sweep stands, before each of its measurements. */
export interface SweepProgress {
  readonly phase: "warming-up" | "measuring" | "confirming";
  /** Measurements that are done, and in all as far as it is known. */
  readonly done: number;
  readonly planned: number;
  /** What is measured now, for people; empty while warming up. */
  readonly now: string;
  /** Null until something was measured. */
  readonly remainingMs: number | null;
  /** What the last measurement had; null before the first. */
  readonly last: { readonly settings: string; readonly visit: SweepVisit } | null;
}

interface RoundsParts {
  readonly request: SweepRequest;
  readonly session: SweepSession;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: SweepProgress) => void;
}

/** So many measurements one after the other without one answer: the target is given up. */
const mostUnanswered = 2;

/** Goes through the visits of a sweep: the rounds of its matrix, then those of the confirmation. */
export class SweepRounds {
  readonly #parts: RoundsParts;
  #order: readonly PlannedVisit[];
  #confirmations: readonly ConfirmationVisit[];
  #unanswered = 0;
  #isWarm = false;
  #last: SweepProgress["last"] = null;

  constructor(parts: RoundsParts) {
    const { matrix, budget, seed, confirmation } = parts.request;
    this.#parts = parts;
    this.#order = orderVisits(matrix.cases, budget.repeats, seed);
    // Until it is known what there is to confirm: one pair.
    this.#confirmations = orderConfirmation(
      [{ input: {}, baseline: {}, candidate: {} }],
      confirmation.rounds,
    ).flat();
  }

  /** Measurements in all, as far as it is known. */
  get planned(): number {
    return this.#order.length + this.#confirmations.length;
  }

  async run(): Promise<SweepEnd> {
    return (await this.#measureMatrix()) ?? (await this.#confirm()) ?? { kind: "finished" };
  }

  async #measureMatrix(): Promise<SweepEnd | undefined> {
    const { request, session } = this.#parts;
    const startMs = performance.now();
    let round = -1;
    for (const planned of this.#order) {
      const { case: swept, repeat } = planned;
      if (repeat > 0 && performance.now() - startMs > (request.budget.matrixMs ?? Infinity)) {
        this.#order = this.#order.filter(({ case: { id }, repeat: later }) => isMade(session, id, later));
        return undefined;
      }
      const of = { purpose: "matrix", case: swept.id, repeat } as const;
      if (session.find(of) !== undefined) continue;
      if (repeat !== round) {
        const end = await this.#warmUp();
        if (end !== undefined) return end;
        round = repeat;
      }
      const before = session.visits
        .filter((visit) => visit.purpose === "matrix" && visit.case === swept.id)
        .reduce(
          (sum, { requests, tookMs }) => ({ requests: sum.requests + requests, tookMs: sum.tookMs + tookMs }),
          {
            requests: 0,
            tookMs: 0,
          },
        );
      const requests = countRequests(planned, request.budget, before);
      const end = await this.#measure("measuring", swept.settings, { ...of, requests });
      if (end !== undefined) return end;
    }
    return undefined;
  }

  async #confirm(): Promise<SweepEnd | undefined> {
    const { request, session } = this.#parts;
    const { cases } = request.matrix;
    const { rounds, visitMs, timeMs } = request.confirmation;
    const record = session.record(this.planned, { kind: "interrupted" });
    const pairs = this.#affordable(pairsOf(picksOf(record.plan, cases, session.visits), request.baseline));
    // Rounds in which the generator did not keep up, or a request failed, are made up for.
    const order = orderConfirmation(pairs, rounds * 2);
    this.#confirmations = order.slice(0, rounds).flat();
    if (pairs.length > 0 && !this.#isWarm) {
      const end = await this.#warmUp();
      if (end !== undefined) return end;
    }
    const startMs = performance.now();
    for (const [round, visits] of order.entries()) {
      const isOver = round >= leastRounds && performance.now() - startMs > timeMs;
      if (isOver || pairs.every((pair) => countGoodRounds(pair, session.visits) >= rounds)) {
        this.#confirmations = order.slice(0, round).flat();
        return undefined;
      }
      this.#confirmations = order.slice(0, Math.max(rounds, round + 1)).flat();
      for (const { settings } of visits) {
        const of = { purpose: "confirmation", case: keyOf(settings), repeat: round } as const;
        if (session.find(of) !== undefined) continue;
        const requests = countForTime(
          usersOf(settings),
          session.timeLeft.seen(settings),
          visitMs,
          mostOfAVisit,
        );
        const end = await this.#measure("confirming", settings, { ...of, requests });
        if (end !== undefined) return end;
      }
    }
    return undefined;
  }

  /** The first pair, and others as long as the least rounds of all fit in the time. */
  #affordable(pairs: readonly ConfirmationPair[]): readonly ConfirmationPair[] {
    const { request, session } = this.#parts;
    const { timeMs, visitMs } = request.confirmation;
    let sumMs = 0;
    return pairs.filter(({ baseline, candidate }, place) => {
      for (const settings of [baseline, candidate])
        sumMs += leastRounds * Math.max(visitMs, session.timeLeft.guessMs(settings, 2 * usersOf(settings)));
      return place === 0 || sumMs <= timeMs;
    });
  }

  /** Load that counts for nothing, with a look at the vectors before and beside it. */
  async #warmUp(): Promise<SweepEnd | undefined> {
    const { request, session, signal } = this.#parts;
    this.#tell("warming-up", "");
    await session.look();
    const load = session.warmUp(busyOf(request), Math.max(1, request.warmupMs));
    try {
      await session.lookDuring(load);
    } finally {
      // It writes into the sweep's folder until it has ended.
      await load;
    }
    this.#isWarm = true;
    const { record } = await load;
    if (signal?.aborted === true) return { kind: "interrupted" };
    if (record.summary.completed > 0 || (await isThere(request, signal))) return undefined;
    return this.#lost(withoutRunAdvice(record.verdict.sentence));
  }

  async #measure(
    phase: SweepProgress["phase"],
    settings: SweepSettings,
    of: Pick<SweepVisit, "purpose" | "case" | "repeat" | "requests">,
  ): Promise<SweepEnd | undefined> {
    const { request, session, signal } = this.#parts;
    this.#tell(phase, describeSettings(settings));
    const outcome = await session.visit(settings, of);
    if (outcome.kind === "interrupted") return outcome;
    const { visit } = outcome;
    this.#last = { settings: describeSettings(settings), visit };
    await session.keep(this.planned);
    // A refusal is an answer too: a batch that is too large for the server is a result, and no end.
    const answered =
      visit.completed > 0 || Object.keys(visit.failures).some((kind) => kind.startsWith("http-"));
    this.#unanswered = answered ? 0 : this.#unanswered + 1;
    if (answered) return undefined;
    if (this.#unanswered < mostUnanswered && (await isThere(request, signal))) return undefined;
    const said = Object.values(visit.failures)[0]?.firstMessage ?? "nothing came back";
    return this.#lost(`The target stopped answering: ${said.replace(/\.$/, "")}.`);
  }

  #lost(message: string): SweepEnd {
    const worked = this.#parts.session.visits.some(({ completed }) => completed > 0);
    return { kind: worked ? "stopped" : "not-started", message };
  }

  #tell(phase: SweepProgress["phase"], now: string): void {
    const { session, onProgress } = this.#parts;
    const done = session.visits.length;
    onProgress({
      phase,
      done,
      planned: Math.max(done, this.planned),
      now,
      remainingMs: session.visits.length === 0 ? null : this.#guessRemaining(),
      last: this.#last,
    });
  }

  #guessRemaining(): number {
    const { request, session } = this.#parts;
    const { budget, confirmation, warmupMs } = request;
    const left = this.#order.filter(({ case: { id }, repeat }) => !isMade(session, id, repeat));
    const matrixMs = left.reduce((sum, planned) => {
      const { settings } = planned.case;
      return (
        sum +
        session.timeLeft.guessMs(settings, countRequests(planned, budget, session.timeLeft.seen(settings)))
      );
    }, 0);
    const confirmed = session.visits.filter(({ purpose }) => purpose === "confirmation").length;
    const rounds = new Set(left.map(({ repeat }) => repeat)).size;
    const toConfirm = Math.max(0, this.#confirmations.length - confirmed);
    return matrixMs + Math.max(0, rounds - 1) * warmupMs + toConfirm * confirmation.visitMs;
  }
}

function isMade(session: SweepSession, id: string, repeat: number): boolean {
  return session.find({ purpose: "matrix", case: id, repeat }) !== undefined;
}

const leastRounds = 3;
const mostOfAVisit = 72;

/** Requests that keep a server busy and are short: what the load beside the kept texts is made of. */
function busyOf({ matrix: { axes, cases } }: SweepRequest): SweepSettings {
  const { size, batch, concurrency = [1] } = axes;
  const users = Math.max(2, ...concurrency);
  if (size !== undefined && batch !== undefined)
    return { size: nearest(size, 1_000), batch: nearest(batch, 8), concurrency: users };
  return { ...cases[0]!.settings, concurrency: users };
}
