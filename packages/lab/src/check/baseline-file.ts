import { readFile } from "node:fs/promises";
import { WeirError } from "@weir/protocol";
import { writeWhole } from "../run/run-folder.ts";
import type { RunEnvironment } from "../record/run-record.ts";
import type { CheckRecord, RecordedCheckRow } from "./check-record.ts";

/** What decides how fast a machine is, as far as it can be read. */
export type Machine = Pick<RunEnvironment, "arch" | "cpu" | "platform">;

/** The figures of one suite on one machine. */
export interface BaselineEntry {
  readonly suite: string;
  /** Of all that decided what was measured. */
  readonly definition: string;
  /** Of the check. */
  readonly id: string;
  /** ISO 8601. */
  readonly savedAt: string;
  readonly weirVersion: string;
  readonly nodeVersion: string;
  readonly url: string;
  readonly machine: Machine;
  /** By key: the figure of each repeat. */
  readonly figures: Readonly<
    Record<
      string,
      Pick<RecordedCheckRow, "metric" | "unit" | "better"> & { readonly values: readonly number[] }
    >
  >;
}

interface BaselineFile {
  readonly schema: 1;
  readonly kind: "baseline";
  readonly entries: readonly BaselineEntry[];
}

/** What a file has; nothing where there is none. Throws USAGE for one that is no baseline. */
export async function readBaseline(file: string): Promise<readonly BaselineEntry[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw refuse(file, error instanceof Error ? error.message : String(error), error);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse(file, error instanceof Error ? error.message : String(error), error);
  }
  if (!isObject(parsed) || parsed["kind"] !== "baseline") throw refuse(file, "it is something else");
  const { schema, entries } = parsed;
  if (schema !== 1) throw refuse(file, `its schema is ${JSON.stringify(schema)}, and this weir knows 1`);
  if (!Array.isArray(entries)) throw refuse(file, "it has no list of entries");
  const broken = entries.findIndex((entry) => !isEntry(entry));
  if (broken >= 0) throw refuse(file, `entries[${broken}] is damaged`);
  return entries as readonly BaselineEntry[];
}

/** Whether it has all that is read of an entry: files are edited by hand, and merged. */
function isEntry(entry: unknown): entry is BaselineEntry {
  if (!isObject(entry)) return false;
  const { machine, figures } = entry;
  const texts = ["suite", "definition", "id", "savedAt", "weirVersion", "nodeVersion", "url"];
  return (
    texts.every((name) => typeof entry[name] === "string") &&
    isObject(machine) &&
    typeof machine["arch"] === "string" &&
    isObject(machine["cpu"]) &&
    isObject(figures) &&
    Object.values(figures).every(isFigure)
  );
}

function isFigure(figure: unknown): boolean {
  if (!isObject(figure) || !Array.isArray(figure["values"])) return false;
  const values: readonly unknown[] = figure["values"];
  return values.length > 0 && values.every((value) => typeof value === "number");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(file: string, reason: string, cause?: unknown): WeirError {
  return new WeirError(
    "USAGE",
    `expected a baseline as --save-baseline writes it in ${file}: ${reason}. Name another with --baseline, or move it away.`,
    { cause },
  );
}

/** Verdicts whose figures are what they say. */
const worthKeeping: ReadonlySet<string> = new Set(["pass", "limit-missed", "inconclusive"]);

/**
 * Puts a check's figures in the place of those of the same suite and machine; others stay. Gives why that is not done:
 * figures that are worth nothing, or a file that cannot be written. Throws USAGE for a file that is no baseline.
 */
export async function saveBaseline(file: string, record: CheckRecord): Promise<string | undefined> {
  if (!worthKeeping.has(record.verdict.kind))
    return `the figures of a check that ends ${record.verdict.kind} are no baseline`;
  const entry = toEntry(record);
  const others = (await readBaseline(file)).filter(
    ({ suite, machine }) => suite !== entry.suite || !isSameMachine(machine, entry.machine),
  );
  const content: BaselineFile = { schema: 1, kind: "baseline", entries: [...others, entry] };
  try {
    await writeWhole(file, `${JSON.stringify(content, undefined, 2)}\n`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function toEntry({ suite, id, environment, rows }: CheckRecord): BaselineEntry {
  const { startedAt, weirVersion, nodeVersion, target } = environment;
  const kept = rows.filter(({ better, values }) => better !== null && values.length > 0);
  return {
    suite: suite.name,
    definition: suite.definition,
    id,
    savedAt: startedAt,
    weirVersion,
    nodeVersion,
    url: target.url,
    machine: toMachine(environment),
    figures: Object.fromEntries(
      kept.map(({ key, metric, unit, better, values }) => [key, { metric, unit, better, values }]),
    ),
  };
}

export function toMachine({ arch, cpu, platform }: RunEnvironment): Machine {
  return { arch, cpu, platform };
}

/** The same processor with as many cores: another release of the system is no other machine. */
export function isSameMachine(a: Machine, b: Machine): boolean {
  return a.arch === b.arch && a.cpu.model === b.cpu.model && a.cpu.cores === b.cpu.cores;
}
