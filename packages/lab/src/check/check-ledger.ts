import { contentHash } from "@weir/stats";
import { captureEnvironment } from "../record/capture-environment.ts";
import { runSchemaVersion, verdictExitCodes, type RunEnvironment } from "../record/run-record.ts";
import { writeRecord } from "../record/write-record.ts";
import type { RunFolder } from "../run/run-folder.ts";
import type { StartedTarget } from "../target/start-target.ts";
import type { CheckRecord } from "./check-record.ts";
import { compareBaseline } from "./compare-baseline.ts";
import { judgeCheck, type CheckEnd } from "./judge-check.ts";
import { RowCollector } from "./merge-repeats.ts";
import type { FinishedCheck, RunSuiteOptions } from "./run-suite.ts";
import type { CheckRow, Suite } from "./suite.ts";

/** What a check has found so far, and its record, which is written again whenever there is more. */
export class CheckLedger {
  readonly #suite: Suite;
  readonly #options: RunSuiteOptions;
  readonly #folder: RunFolder;
  readonly #startedAt: Date;
  readonly #rows = new RowCollector();
  readonly #children: string[] = [];
  readonly #invalid: string[] = [];
  #environment: RunEnvironment | undefined;
  #started: CheckRecord["started"] = null;

  constructor(suite: Suite, options: RunSuiteOptions, folder: RunFolder, startedAt: Date) {
    this.#suite = suite;
    this.#options = options;
    this.#folder = folder;
    this.#startedAt = startedAt;
  }

  /** Whether nothing was found or run yet. */
  get isEmpty(): boolean {
    return this.#children.length === 0 && this.#rows.toRows().length === 0;
  }

  setting(name: string): number {
    const known = this.#suite.settings?.[name];
    if (known === undefined) throw new Error(`the suite ${this.#suite.name} has no setting ${name}`);
    return this.#options.settings?.[name] ?? known.default;
  }

  /** Notes where the check takes place. */
  async begin(url: string, started: StartedTarget | undefined, signal: AbortSignal): Promise<void> {
    const { target } = this.#options;
    if (started !== undefined && target.kind === "start")
      this.#started = { command: target.command, readyAfterMs: started.readyAfterMs };
    this.#environment = await this.#capture(url, signal);
    await this.#write({ kind: "interrupted" });
  }

  async add(row: CheckRow): Promise<void> {
    this.#rows.add(row);
    await this.#write({ kind: "interrupted" });
  }

  async addChild(folder: string): Promise<void> {
    this.#children.push(folder);
    await this.#write({ kind: "interrupted" });
  }

  /** Notes a run or search whose figures are used and worth nothing. */
  addInvalid(title: string, reasons: readonly string[]): void {
    this.#invalid.push(`${title}: ${reasons[0] ?? "the generator was too slow"}`);
  }

  async finish(end: CheckEnd): Promise<FinishedCheck> {
    const target = this.#options.target;
    this.#environment ??= await this.#capture(target.kind === "url" ? target.url : "", undefined);
    const { record, problem } = await this.#write(end);
    return {
      record,
      folder: this.#folder.path,
      folderProblem: problem,
      exitCode: verdictExitCodes[record.verdict.kind],
    };
  }

  async #write(
    end: CheckEnd,
  ): Promise<{ readonly record: CheckRecord; readonly problem: string | undefined }> {
    const record = this.#toRecord(end);
    return { record, problem: await writeRecord(this.#folder, record) };
  }

  #toRecord(end: CheckEnd): CheckRecord {
    const { bases, baseline: choice } = this.#options;
    const suite = this.#describeSuite();
    const environment = this.#environment!;
    const found = this.#rows.toRows();
    const compared = choice === undefined ? undefined : compareBaseline(found, suite, environment, choice);
    const rows = compared?.rows ?? found;
    const notes =
      suite.repeats > 1
        ? [`Figures of the table are medians of ${suite.repeats} repeats; the sentence is of the last.`]
        : [];
    return {
      schema: runSchemaVersion,
      kind: "check",
      id: this.#folder.id,
      name: bases[0].name ?? null,
      children: [...this.#children],
      suite,
      started: this.#started,
      rows,
      baseline: compared?.baseline ?? null,
      environment,
      verdict: judgeCheck({ rows, end, invalid: this.#invalid, notes }),
    };
  }

  #describeSuite(): CheckRecord["suite"] {
    const { name, description, settings = {} } = this.#suite;
    const { file, definition = "", repeats = 1 } = this.#options;
    const chosen = Object.fromEntries(Object.keys(settings).map((each) => [each, this.setting(each)]));
    return {
      name,
      description,
      file: file ?? null,
      definition: contentHash(JSON.stringify([name, definition, chosen])),
      settings: chosen,
      repeats,
    };
  }

  async #capture(url: string, signal: AbortSignal | undefined): Promise<RunEnvironment> {
    return await captureEnvironment(url, {
      headers: this.#options.bases[0].headers,
      connection: this.#options.bases[0].connection,
      ...(signal !== undefined && { signal }),
      askTarget: signal !== undefined,
      evidence: [],
      startedAt: this.#startedAt,
    });
  }
}
