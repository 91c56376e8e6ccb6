import { describeDefinitions } from "../imports/describe-import.ts";
import type { ImportRecord } from "../imports/import-record.ts";
import { describeOutcome } from "./describe-outcome.ts";
import { isObject, readPath } from "./read-path.ts";
import type { ReadRun } from "./scan-runs.ts";

/** What stands in a column: of the type that DuckDB has for it. Null where there is no such figure. */
export type Fact = string | number | boolean | readonly string[] | null;

export interface FactColumn {
  /** Its name in SQL, CSV and JSON. */
  readonly name: string;
  readonly type: FactType;
  /** What it is, with its unit; one phrase. */
  readonly meaning: string;
}

export type FactType = "VARCHAR" | "DOUBLE" | "BIGINT" | "BOOLEAN" | "TIMESTAMP" | "VARCHAR[]";

export interface RunColumn extends FactColumn {
  readonly read: (run: ReadRun) => Fact;
}

const jsTypes: Readonly<Record<Exclude<FactType, "VARCHAR[]">, string>> = {
  VARCHAR: "string",
  TIMESTAMP: "string",
  DOUBLE: "number",
  BIGINT: "number",
  BOOLEAN: "boolean",
};

/** A column that is a field of run.json. What is missing there, or of another type, is null. */
function field(name: string, type: keyof typeof jsTypes, path: string, meaning: string): RunColumn {
  return {
    name,
    type,
    meaning,
    read({ record }) {
      const value = readPath(record, path);
      return typeof value === jsTypes[type] ? (value as Fact) : null;
    },
  };
}

function times(
  name: string,
  path: string,
  meaning: string,
  figures: readonly string[] = ["mean", "p50", "p95", "p99", "max"],
): RunColumn[] {
  return figures.map((figure) =>
    field(`${name}_${figure}_ms`, "DOUBLE", `summary.${path}.${figure}`, `${meaning}, ${figure}, ms`),
  );
}

function made(
  name: string,
  type: FactType,
  meaning: string,
  read: (run: ReadRun) => Fact | undefined,
): RunColumn {
  return { name, type, meaning, read: (run) => read(run) ?? null };
}

/**
 * What is known of every stored run, flat: the columns of `weir runs --format csv` and of the view `runs`. All are read
 * as from a stranger's file: a record of an older version has null where it lacks a field.
 */
export const runColumns: readonly RunColumn[] = [
  made("id", "VARCHAR", "the run; ids sort by time", ({ id }) => id),
  made(
    "kind",
    "VARCHAR",
    "run, sweep, capacity, compare, calibrate, check or import",
    ({ record }) => record.kind,
  ),
  made(
    "name",
    "VARCHAR",
    "given by --name, or by weir runs name",
    ({ notes, record }) => notes.name ?? record.name,
  ),
  made("tags", "VARCHAR[]", "given by weir runs tag", ({ notes }) => notes.tags),
  made("started_at", "TIMESTAMP", "when it began, UTC", startedAt),
  made("parent", "VARCHAR", "id of the measurement that it is a part of", ({ parent }) => parent),
  made("url", "VARCHAR", "the target", ({ record }) => {
    const url = readPath(record, "plan.url") ?? readPath(record, "environment.target.url");
    return typeof url === "string" ? url : null;
  }),
  field("model", "VARCHAR", "plan.workload.model", "the model that was asked for"),
  field("dialect", "VARCHAR", "plan.workload.dialect", "the API that was spoken"),
  field("workload", "VARCHAR", "plan.workload.kind", "embeddings, chat, http, upload, scenario or mixed"),
  field("preset", "VARCHAR", "plan.preset.name", "the preset that it was asked for by"),
  field("schedule", "VARCHAR", "schedule.kind", "closed-loop, paced or open-loop"),
  made("users", "BIGINT", "most users at once; null where requests came at a rate", ({ record }) => {
    const users = readPath(record, "schedule.users");
    return typeof users === "number" && users > 0 ? users : null;
  }),
  made("rate_per_second", "DOUBLE", "highest rate that was asked for, requests/s", ({ record }) =>
    mostRate(record),
  ),
  field("seed", "BIGINT", "schedule.seed", "what the schedule was made from"),
  field("schedule_hash", "VARCHAR", "schedule.hash", "the same for the same schedule"),
  made("limits", "VARCHAR[]", "what --slo demanded", ({ record }) => {
    const limits = readPath(record, "plan.limits");
    return Array.isArray(limits) ? limits.filter((limit) => typeof limit === "string") : null;
  }),
  field("verdict", "VARCHAR", "verdict.kind", "pass, limit-missed, stopped, inconclusive, invalid ..."),
  field("sentence", "VARCHAR", "verdict.sentence", "the answer in one sentence"),
  made("result", "VARCHAR", "what came out, in a few words", ({ record }) => describeOutcome(record)),
  field("offered", "BIGINT", "summary.offered", "requests that came due"),
  field("sent", "BIGINT", "summary.sent", "requests that were sent"),
  field("completed", "BIGINT", "summary.completed", "requests that were answered well"),
  field("failed", "BIGINT", "summary.failed.total", "requests that failed"),
  made("failed_share", "DOUBLE", "failed of all that ended, 0 to 1", ({ record }) => failedShare(record)),
  field("cut_off", "BIGINT", "summary.cutOff", "in flight when the run ended"),
  made("window_s", "DOUBLE", "length of the measured window, seconds", ({ record }) => {
    const [start, end] = [
      readPath(record, "summary.window.startMs"),
      readPath(record, "summary.window.endMs"),
    ];
    return typeof start === "number" && typeof end === "number" ? (end - start) / 1000 : null;
  }),
  field("requests_per_second", "DOUBLE", "summary.requestsPerSecond", "completed requests/s of the window"),
  field("unit", "VARCHAR", "summary.units.kind", "what units are: texts, tokens, files, requests"),
  field("units", "BIGINT", "summary.units.total", "units completed"),
  field("units_per_second", "DOUBLE", "summary.units.perSecond", "units completed/s of the window"),
  ...times("response", "latencyMs.response", "from when a request was due to its end"),
  ...times("service", "latencyMs.service", "from when a request was sent to its end"),
  ...times("lag", "latencyMs.lag", "from when a request was due to when it was sent", ["p50", "p99", "max"]),
  ...times("ttft", "ttftMs", "time to first token from sent"),
  ...times("tpot", "tpotMs", "time per output token", ["mean", "p50", "p95"]),
  ...times("chunk_gap", "chunkGapMs", "between two chunks of a stream", ["mean", "p50", "p99", "max"]),
  ...times("server", "serverMs", "what the server says that it took", ["mean", "p50", "p95"]),
  field("input_tokens", "BIGINT", "summary.tokens.input", "as the server counted"),
  field("cached_input_tokens", "BIGINT", "summary.tokens.cachedInput", "of them from a cache"),
  field("output_tokens", "BIGINT", "summary.tokens.output", "as the server counted"),
  field("output_tokens_per_second", "DOUBLE", "summary.tokens.outputPerSecond", "of the window"),
  field("attained_share", "DOUBLE", "summary.attainment.share", "how much of what was due was begun, 0 to 1"),
  field(
    "server_rss_max_bytes",
    "BIGINT",
    "server.process.rssBytes.max",
    "most memory that a local server held",
  ),
  field("server_cpu_cores", "DOUBLE", "server.process.cpuCores", "processors that a local server kept busy"),
  field("valid", "BOOLEAN", "generator.valid", "false where the generator was the bottleneck"),
  field("weir_version", "VARCHAR", "environment.weirVersion", "what measured"),
  field("node_version", "VARCHAR", "environment.nodeVersion", "what it ran on"),
  field("platform", "VARCHAR", "environment.platform", "the system that it ran on"),
  field("cpu_model", "VARCHAR", "environment.cpu.model", "the generator's processor"),
  field("cores", "BIGINT", "environment.cpu.cores", "processors that the generator might use"),
  field("load_average", "DOUBLE", "environment.loadAverage", "of the minute before"),
  field("tool", "VARCHAR", "imported.tool", "the other tool that measured; null where Weir did"),
  field("tool_version", "VARCHAR", "imported.version", "its version"),
  made("definitions", "VARCHAR[]", "what its figures are, in its words", ({ record }) =>
    record.kind === "import"
      ? describeDefinitions(
          (readPath(record, "imported.definitions") ?? {}) as ImportRecord["imported"]["definitions"],
        )
      : null,
  ),
  made("folder", "VARCHAR", "its folder, absolute", ({ folder }) => folder),
];

/** When a run began, in ISO 8601; where its record does not say, from its id. Null where neither does. */
function startedAt({ record, id }: ReadRun): string | null {
  const said = readPath(record, "environment.startedAt");
  if (typeof said === "string" && !Number.isNaN(Date.parse(said))) return new Date(said).toISOString();
  return toStart(id);
}

/** What an id says of when its run began. */
export function toStart(id: string): string | null {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(id) ?? [];
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  return year === undefined || Number.isNaN(Date.parse(text)) ? null : text;
}

function mostRate(record: unknown): number | null {
  const rate = readPath(record, "schedule.ratePerSecond");
  if (typeof rate === "number") return rate;
  const segments = readPath(record, "schedule.segments");
  if (!Array.isArray(segments)) return null;
  const rates = segments
    .filter(isObject)
    .flatMap(({ fromPerSecond, toPerSecond }) => [fromPerSecond, toPerSecond])
    .filter((rate) => typeof rate === "number");
  return rates.length === 0 ? null : Math.max(...rates);
}

function failedShare(record: unknown): number | null {
  const completed = readPath(record, "summary.completed");
  const failed = readPath(record, "summary.failed.total");
  if (typeof completed !== "number" || typeof failed !== "number" || completed + failed === 0) return null;
  return failed / (completed + failed);
}
