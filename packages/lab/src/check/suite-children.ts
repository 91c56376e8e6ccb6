import path from "node:path";
import type { LoadProgress } from "@weir/load";
import type { CapacityRequest, FinishedCapacity } from "../capacity/capacity-request.ts";
import { describeLevel } from "../capacity/describe-capacity.ts";
import { findCapacity } from "../capacity/find-capacity.ts";
import type { RunRequest } from "../run/run-request.ts";
import { startRun, type FinishedRun } from "../run/start-run.ts";
import type { CheckLedger } from "./check-ledger.ts";

export interface ChildrenOptions {
  readonly base: RunRequest;
  /** Of the check. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly tell: (doing: string, progress?: LoadProgress) => void;
  readonly ledger: CheckLedger;
}

/** The runs and searches of a suite: their folders are in its own, and the record names them. */
export class SuiteChildren {
  readonly #options: ChildrenOptions;

  constructor(options: ChildrenOptions) {
    this.#options = options;
  }

  /** @param background whether its own figures are of no matter */
  async run(title: string, change: Partial<RunRequest>, background: boolean): Promise<FinishedRun> {
    const { base, folder, signal, tell, ledger } = this.#options;
    signal.throwIfAborted();
    tell(title);
    const finished = await startRun(
      { ...base, ...change, outDirectory: folder, name: title },
      { signal, onProgress: (progress) => tell(title, progress) },
    );
    const { verdict, generator } = finished.record;
    if (!background && verdict.kind === "invalid") ledger.addInvalid(title, generator.reasons);
    await ledger.addChild(path.basename(finished.folder));
    signal.throwIfAborted();
    return finished;
  }

  async findCapacity(title: string, change: Partial<CapacityRequest>): Promise<FinishedCapacity> {
    const { base, folder, signal, tell, ledger } = this.#options;
    signal.throwIfAborted();
    let doing = title;
    const finished = await findCapacity(
      {
        limits: base.limits.length > 0 ? base.limits : undefined,
        ...change,
        run: { ...(change.run ?? base), outDirectory: folder, name: title },
      },
      {
        signal,
        onProbe: (turn) => {
          doing = `${title}: ${describeLevel(turn.level, turn.of)}`;
          tell(doing);
        },
        onProgress: (progress) => tell(doing, progress),
      },
    );
    const { verdict } = finished.record;
    if (verdict.kind === "invalid") ledger.addInvalid(title, verdict.reasons);
    await ledger.addChild(path.basename(finished.folder));
    signal.throwIfAborted();
    return finished;
  }
}
