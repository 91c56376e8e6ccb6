import { formatCount, formatDuration, formatNumber } from "../../record/format-number.ts";
import { createProbeTarget } from "../../probe/probe-target.ts";
import type { FinishedRun } from "../../run/start-run.ts";
import { heldFrom, heldTo, told } from "../chat/rows.ts";
import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { createDocuments, embeddingsOf, withClass } from "./bulk-texts.ts";
import { rateOfTenths, readSlices } from "./rate-of-tenths.ts";

/** Ten thousand documents, as an application sends them that has a collection to index. */
export const bulkLoad: Suite = {
  name: "bulk-load",
  description:
    "Whether a large collection goes through: 10,000 documents of 2,000 characters on average, every one answered, the last tenth as fast as the first, memory bounded, nothing restarted.",
  takes: "7 min",
  workload: "embeddings",
  settings: {
    documents: { unit: "count", default: 10_000, description: "documents in all" },
    users: { unit: "count", default: 2, description: "requests at once" },
    batch: { unit: "count", default: 32, description: "documents of a request" },
    megabytes: { unit: "count", default: 450, description: "most memory of the server's processes" },
  },
  check: checkBulkLoad,
};

async function* checkBulkLoad(context: SuiteContext): AsyncGenerator<CheckRow, string, void> {
  const { base, run, setting } = context;
  const batch = setting("batch");
  const requests = Math.ceil(setting("documents") / batch);
  const documents = requests * batch;
  const bulk = {
    ...withClass(base, "batch"),
    workload: { ...embeddingsOf(base), texts: createDocuments(), batch },
    users: setting("users"),
    durationMs: undefined,
    warmupMs: 0,
    limits: [],
    stopFailures: 0,
  };
  // What is compiled and allocated on first use is not the first tenth's.
  await run("warm-up", { ...bulk, requests: 2 * setting("users") }, { background: true });
  const before = await countRestarts(context);
  const finished = await run("bulk load", { ...bulk, requests });
  const after = await countRestarts(context);
  const { summary } = finished.record;
  const answered = summary.units.total;

  const failures = Object.entries(summary.failed.byKind).map(([kind, { count }]) => `${kind}: ${count}`);
  yield heldFrom(
    {
      key: "answered",
      metric: "documents answered",
      unit: "count",
      value: answered,
      note: failures.length === 0 ? undefined : failures.join(", "),
    },
    documents,
    "The folder of the run has the first answer of each kind of failure.",
  );
  yield told(
    { key: "rate", metric: "documents per second", unit: "per-second", value: summary.units.perSecond },
    "more",
  );
  yield await judgeTenths(finished);
  yield judgeMemory(finished, setting("megabytes"));
  if (before !== undefined && after !== undefined)
    yield heldTo(
      { key: "restarts", metric: "unplanned restarts of a model", unit: "count", value: after - before },
      0,
      "The server's log says why a model's process ended.",
    );
  const seconds = formatDuration(summary.window.endMs - summary.window.startMs);
  const lost = documents - answered;
  return `${formatCount(documents, "document")} take ${seconds}, ${formatNumber(summary.units.perSecond)} a second; ${lost === 0 ? "every one is answered" : `${lost.toLocaleString("en-US")} are not answered`}.`;
}

async function judgeTenths({ folder }: FinishedRun): Promise<CheckRow> {
  const named = {
    key: "last-tenth",
    metric: "rate of the last tenth to that of the first",
    unit: "ratio" as const,
  };
  const rates = rateOfTenths(await readSlices(folder));
  if (rates === undefined) return told({ ...named, value: null, why: "too short a load to say" });
  const note = `${formatNumber(rates.first)} and ${formatNumber(rates.last)} documents/s`;
  return heldFrom(
    { ...named, value: rates.last / rates.first, note },
    0.95,
    "Something grows or wears out: look at memory over time, and for other work on the machine.",
  );
}

function judgeMemory({ record }: FinishedRun, megabytes: number): CheckRow {
  const used = record.server?.process?.rssBytes;
  const figure = { key: "memory", metric: "memory of its processes, most", unit: "bytes" as const };
  if (used === undefined)
    return told({ ...figure, value: null, why: "its processes cannot be seen from here" });
  return heldTo(
    { ...figure, value: used.max },
    megabytes * 1e6,
    "Smaller batches bound what a model takes at once: --max-batch-tokens of weir serve, or --set batch.",
  );
}

/** Processes of models that were replaced for another reason than their age, as Weir counts them; undefined elsewhere. */
async function countRestarts({ url, base, signal }: SuiteContext): Promise<number | undefined> {
  const target = createProbeTarget(url, { signal, headers: base.headers, connection: base.connection });
  const answer = await target.get("/metrics", { accept: "text/plain" });
  if (answer.kind !== "answered" || answer.status !== 200) return undefined;
  const text = Buffer.from(answer.body).toString("utf8");
  if (!text.includes("weir_replica_restarts_total")) return undefined;
  return [...text.matchAll(/^weir_replica_restarts_total\{([^}]*)\} (\S+)$/gm)].reduce(
    (sum, [, labels = "", value]) => (labels.includes("recycled-") ? sum : sum + Number(value)),
    0,
  );
}
