import { setMaxListeners } from "node:events";
import type { LoadProgress } from "@weir/load";
import { WeirError } from "@weir/protocol";
import { createRunFolder, discardRunFolder } from "../run/run-folder.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { BaselineChoice } from "./compare-baseline.ts";
import { CheckLedger } from "./check-ledger.ts";
import type { CheckRecord } from "./check-record.ts";
import { chooseBase } from "./choose-base.ts";
import { SuiteChildren } from "./suite-children.ts";
import { SuiteServers } from "./suite-servers.ts";
import type { CheckRow, Suite, SuiteContext } from "./suite.ts";

export interface RunSuiteOptions {
  /** The server to check, or a command line that starts it, in which `{port}` is the port. */
  readonly target:
    | { readonly kind: "url"; readonly url: string }
    | { readonly kind: "start"; readonly command: string };
  /**
   * What all runs have in common: the first whose workload the server speaks; a single one is not asked about. The check's
   * own folder is made in `outDirectory` of the first.
   */
  readonly bases: readonly [RunRequest, ...RunRequest[]];
  /** Of the suite's settings, those that are not its defaults. */
  readonly settings?: Readonly<Record<string, number>>;
  /** How often all of it is done; figures are then medians. @default 1 */
  readonly repeats?: number;
  /** The file that the suite was read from. */
  readonly file?: string | undefined;
  /** Of all that decides what is measured, beside the suite's settings: the text of its file, flags. */
  readonly definition?: string;
  /** What figures are compared with. @default nothing: only limits are judged */
  readonly baseline?: BaselineChoice | undefined;
  readonly signal?: AbortSignal;
  readonly onRow?: (row: CheckRow) => void;
  /** What is being done, and how far it is where it is a load. */
  readonly onProgress?: (doing: string, progress: LoadProgress | undefined) => void;
}

export interface FinishedCheck {
  readonly record: CheckRecord;
  /** Absolute path of the check's folder, with run.json and the folders of its runs. */
  readonly folder: string;
  /** Why the folder could not be written (a full disk, say); undefined when it was. */
  readonly folderProblem: string | undefined;
  /** 0 all limits kept, 1 one missed, 4 one not measured, 5 invalid, 6 nothing measured, 130 interrupted. */
  readonly exitCode: number;
}

/**
 * Carries a suite out and writes its folder: on every path, also where the server is not there or the check is
 * interrupted. Throws only where what was asked is no good (USAGE, INVALID_REQUEST); nothing is left then.
 */
export async function runSuite(suite: Suite, options: RunSuiteOptions): Promise<FinishedCheck> {
  const startedAt = new Date();
  const folder = await createRunFolder(options.bases[0].outDirectory, startedAt);
  const ledger = new CheckLedger(suite, options, folder, startedAt);
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  // Everything that goes on at the same time listens to it.
  setMaxListeners(0, signal);
  const { target } = options;
  await using servers = new SuiteServers(
    target.kind === "start" ? target.command : undefined,
    folder.path,
    signal,
  );
  try {
    options.onProgress?.(
      target.kind === "start" ? "starting the server" : "looking at the server",
      undefined,
    );
    const started = target.kind === "start" ? await servers.start() : undefined;
    const url = target.kind === "url" ? target.url : started!.url;
    await ledger.begin(url, started, signal);
    // Who asks for users of another number means no schedule of before.
    const base: RunRequest = { ...(await chooseBase(url, options.bases, signal)), url, schedule: undefined };
    const repeats = options.repeats ?? 1;
    let sentence = "";
    for (let repeat = 1; repeat <= repeats; repeat++) {
      const note = repeats === 1 ? "" : ` (${repeat} of ${repeats})`;
      const tell = (doing: string, progress?: LoadProgress): void =>
        options.onProgress?.(`${doing}${note}`, progress);
      const children = new SuiteChildren({ base, folder: folder.path, signal, tell, ledger });
      const context: SuiteContext = {
        url,
        signal,
        base,
        started,
        startFresh: target.kind === "start" ? async () => await servers.start() : undefined,
        run: async (title, change, { background = false } = {}) =>
          await children.run(title, change, background),
        findCapacity: async (title, change) => await children.findCapacity(title, change),
        tell,
        setting: (name) => ledger.setting(name),
      };
      sentence = await followSuite(suite, context, async (row) => {
        options.onRow?.(row);
        await ledger.add(row);
      });
    }
    if (started?.ended.aborted === true) await ledger.add(describeLostServer(started.ended.reason));
    return await ledger.finish({ kind: "finished", sentence });
  } catch (error) {
    if (options.signal?.aborted === true) return await ledger.finish({ kind: "interrupted" });
    if (ledger.isEmpty && error instanceof WeirError && isAboutTheRequest(error)) {
      await servers[Symbol.asyncDispose]();
      await discardRunFolder(folder);
      throw error;
    }
    if (!(error instanceof WeirError)) throw error;
    return await ledger.finish({ kind: "broken", message: error.message });
  } finally {
    ending.abort();
  }
}

function isAboutTheRequest({ code }: WeirError): boolean {
  return code === "USAGE" || code === "INVALID_REQUEST";
}

/** Takes a suite's rows as they come, and gives its answer. */
async function followSuite(
  suite: Suite,
  context: SuiteContext,
  onRow: (row: CheckRow) => Promise<void>,
): Promise<string> {
  const rows = suite.check(context);
  for (;;) {
    const next = await rows.next();
    if (next.done === true) return next.value;
    await onRow(next.value);
  }
}

function describeLostServer(reason: unknown): CheckRow {
  return {
    key: "server-stayed-up",
    metric: "the server stayed up",
    value: null,
    unit: "none",
    measured: reason instanceof Error ? reason.message : String(reason),
    limit: "until it is asked to end",
    status: "fail",
    advice: "What it printed is in server.log of the check's folder.",
  };
}
