import type { LoadProgress } from "@weir/load";
import type { Judgement } from "@weir/stats";
import { formatCount } from "../record/format-number.ts";
import { runSchemaVersion, type RunEnvironment, type RunRecord } from "../record/run-record.ts";
import { writeRecord } from "../record/write-record.ts";
import type { RunFolder } from "../run/run-folder.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { CompareProgress } from "./compare-progress.ts";
import type {
  CompareRecord,
  CompareVerdict,
  ComparedHalf,
  ComparedRound,
  ComparedSide,
  SideName,
} from "./compare-record.ts";
import { findFailedDifference } from "./find-failed-difference.ts";
import type { CompareRequest } from "./compare-request.ts";
import { judgeComparison, type CompareEnd } from "./judge-comparison.ts";
import type { OpenSides } from "./open-sides.ts";
import { compareMetrics, judgeLog, toSmallestSeen } from "./round-log.ts";
import { chooseRoundMetrics } from "./choose-round-metrics.ts";
import type { RoundMetric } from "./failure-metrics.ts";
import { FileLog } from "./files/file-log.ts";
import type { FinishedHalf } from "./run-half.ts";
import { SideTally } from "./side-tally.ts";

/** What the parts of a comparison work with. */
export interface CompareMeans {
  readonly request: CompareRequest;
  readonly measurement: Measurement;
  readonly sides: OpenSides;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: CompareProgress) => void;
}

/** All that a comparison has found out so far. */
export class Measurement {
  readonly rounds: ComparedRound[] = [];
  readonly files: FileLog = new FileLog();
  readonly metrics: readonly RoundMetric[];
  /** What halves are made of; the look at the sides fills in what the request leaves open. */
  readonly runs: Record<SideName, RunRequest>;
  /** The first that there was. */
  folderProblem: string | undefined;
  halfMs: number | undefined;
  readonly #request: CompareRequest;
  readonly #folder: RunFolder;
  #environment: RunEnvironment;
  readonly #tallies: Record<SideName, SideTally>;
  readonly #last: Partial<Record<SideName, RunRecord>> = {};
  readonly #children: string[] = [];

  constructor(request: CompareRequest, folder: RunFolder, environment: RunEnvironment) {
    const { a, b } = request;
    this.#request = request;
    this.#folder = folder;
    this.#environment = environment;
    this.metrics = chooseRoundMetrics(request);
    this.halfMs = request.halfLength === "given" ? a.run.durationMs : undefined;
    const toRun = ({ run }: CompareRequest["a"]): RunRequest => ({ ...run, outDirectory: folder.path });
    this.runs = { a: toRun(a), b: toRun(b) };
    this.#tallies = { a: new SideTally(a.run.limits), b: new SideTally(b.run.limits) };
  }

  get primary(): RoundMetric {
    return this.metrics[0]!;
  }

  get judgement(): Judgement {
    const { delta, maxRounds, minRounds } = this.#request;
    return judgeLog(this.rounds, this.primary, { delta, maxRounds, minRounds, better: this.primary.better });
  }

  /** Takes note of a half that has ended, of a round or of the look before the first. */
  noteHalf(side: SideName, { half, record, folderProblem }: FinishedHalf, ofRound: boolean): void {
    this.folderProblem ??= folderProblem;
    if (half.folder !== null) this.#children.push(half.folder);
    if (record === undefined) return;
    if (side === "a") this.#environment = { ...this.#environment, target: record.environment.target };
    this.#last[side] = record;
    if (!ofRound || half.kind !== "measured") return;
    this.#tallies[side].add(record);
    this.files.add(side, this.rounds.length + 1, half, record);
  }

  /** Writes what there is so far: a comparison that is killed has left it. */
  async save(): Promise<void> {
    const sentence = `Not finished: this is what there was after ${formatCount(this.rounds.length, "round")}.`;
    const record = this.#toRecord({ kind: "interrupted", sentence, reasons: [] });
    this.folderProblem ??= await writeRecord(this.#folder, record);
  }

  toRecord(end: CompareEnd): CompareRecord {
    const judgement = this.judgement;
    const [primary] = compareMetrics(this.rounds, this.metrics, judgement);
    const verdict = judgeComparison({
      end,
      judgement,
      primary: primary!,
      unit: this.#unitOf("a"),
      against: this.#request.against ?? "another",
      delta: this.#request.delta,
      smallestSeen: toSmallestSeen(judgement),
      a: this.#toSide("a"),
      b: this.#toSide("b"),
      leftOut: describeLeftOut(this.rounds),
    });
    return this.#toRecord(verdict);
  }

  /** A look at it, for people who wait. */
  toProgress(
    now: Pick<CompareProgress, "phase" | "round" | "side" | "leftAtMostMs"> & {
      readonly load?: LoadProgress;
    },
  ): CompareProgress {
    const counted = this.rounds.filter(({ counts }) => counts);
    return {
      load: undefined,
      ...now,
      maxRounds: this.#request.maxRounds,
      judgement: this.rounds.length === 0 ? undefined : this.judgement,
      changes: counted.map(({ change }) => change!),
      leftOut: this.rounds.length - counted.length,
    };
  }

  #unitOf(name: SideName): string {
    return this.#last[name]?.summary.units.kind ?? "units";
  }

  #toSide(name: SideName): ComparedSide {
    const { label, start, toggle, run } = this.#request[name];
    const last = this.#last[name];
    return {
      label,
      url: last?.plan.url ?? run.url,
      start: start ?? null,
      toggle: toggle ?? null,
      workload: last?.plan.workload ?? null,
      info: last?.environment.target.info ?? null,
      unit: this.#unitOf(name),
      ...this.#tallies[name].total,
    };
  }

  #toRecord(verdict: CompareVerdict): CompareRecord {
    const { a, delta, minRounds, maxRounds, oneAtATime, against = "another", name } = this.#request;
    const { judgement, halfMs } = this;
    return {
      schema: runSchemaVersion,
      kind: "compare",
      id: this.#folder.id,
      name: name ?? null,
      children: this.#children,
      environment: this.#environment,
      plan: {
        interleaved: true,
        against,
        metric: this.primary.name,
        delta,
        minRounds,
        maxRounds,
        halfMs: halfMs ?? null,
        halfRequests: a.run.requests ?? null,
        warmupMs: a.run.warmupMs,
        seed: a.run.seed,
        limits: a.run.limits.map(({ text }) => text),
        oneAtATime: oneAtATime ?? false,
        ...(this.#request.toFailure === true && { toFailure: true }),
      },
      sides: { a: this.#toSide("a"), b: this.#toSide("b") },
      rounds: this.rounds,
      metrics: compareMetrics(this.rounds, this.metrics, judgement),
      failedDifference: findFailedDifference(this.rounds),
      roundsMore: judgement.roundsMore,
      smallestSeen: toSmallestSeen(judgement),
      verdict,
    };
  }
}

function describeLeftOut(rounds: readonly ComparedRound[]): string | undefined {
  // The last one of a comparison that ended in the middle of it is what its end is about.
  const isOver = (half: ComparedHalf | null): boolean =>
    half !== null && (half.kind === "measured" || half.kind === "invalid");
  const out = rounds.filter(({ counts, a, b }) => !counts && isOver(a) && isOver(b));
  const [first] = out;
  if (first === undefined) return undefined;
  const reason = (first.reason ?? "").replace(/\.$/, "");
  const doNot = out.length === 1 ? "does not" : "do not";
  return `${out.length} of ${formatCount(rounds.length, "round")} ${doNot} count${out.length > 1 ? ", the first of them because" : ":"} ${reason}.`;
}
