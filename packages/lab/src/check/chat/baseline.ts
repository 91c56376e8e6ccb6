import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { formatMs } from "../../record/format-number.ts";
import type { FinishedRun } from "../../run/start-run.ts";
import {
  agentHeader,
  askAgent,
  describeReply,
  findChatServer,
  inventWords,
  said,
  toLoad,
  type ChatServer,
} from "./chat-server.ts";
import { forMany } from "./for-many.ts";
import { findHealthPaths, probe, probeLimitMs } from "./health.ts";
import { describeLimits, heldAbove, heldBelow, heldFrom, told } from "./rows.ts";

const startLimitMs = 60_000;
const coldLimitMs = 5000;
const sequentialLimitMs = 2000;
const checksLimit = 0.95;
const shortTokens = 50;
const longTokens = 500;
/** Chat templates and vocabularies differ: a few words more than tokens are wanted. */
const longWords = 530;
const probesOfPath = 5;

/** What a chat server does for one agent, and whether it says that it is well. */
export const baseline: Suite = {
  name: "baseline",
  description:
    "Cold start, one agent's requests of 50 and of 500+ tokens, health probes, 100 of them at once.",
  takes: "1 min",
  workload: "chat",
  settings: {
    requests: { unit: "count", default: 20, description: "requests one after the other, of each length" },
    "answer-tokens": { unit: "count", default: 32, description: "longest answer" },
    checks: { unit: "count", default: 100, description: "health checks at once" },
  },
  async *check(context) {
    const rows: CheckRow[] = [];
    const keep = (row: CheckRow): CheckRow => {
      rows.push(row);
      return row;
    };
    const server = await findChatServer(context);
    yield keep(describeStart(context));
    const cold = keep(await measureCold(context, server));
    yield cold;
    const short = await measureSequence(context, server, "short", shortTokens);
    for (const row of short) yield keep(row);
    const long = await measureSequence(context, server, "long", longWords);
    for (const row of long) yield keep(row);
    for (const row of await measureHealth(context)) yield keep(row);
    const [shortMs, longMs] = [short, long].map(
      (all) => all.find(({ key }) => key.endsWith("/slowest"))?.value,
    );
    const figures = [
      ...(cold.value === null ? [] : [`the first answer in ${formatMs(cold.value)}`]),
      ...(shortMs == null
        ? []
        : [`one agent's requests of ${shortTokens} tokens within ${formatMs(shortMs)}`]),
      ...(longMs == null ? [] : [`of ${longTokens}+ within ${formatMs(longMs)}`]),
    ];
    const found = figures.length === 0 ? "No request was answered" : figures.join(", ");
    return `${found[0]!.toUpperCase()}${found.slice(1)}: ${describeLimits(rows)}.`;
  },
};

function describeStart({ started }: SuiteContext): CheckRow {
  const named = { key: "start-up", metric: "start-up", unit: "ms" } as const;
  if (started !== undefined)
    return heldBelow(
      { ...named, value: started.readyAfterMs },
      startLimitMs,
      "See what it loads before it answers: weights, caches, downloads.",
    );
  return told({ ...named, value: null, why: "it ran already (--start CMD times it)" });
}

/** The first request of a fresh server where one can be started, else the first one of this suite. */
async function measureCold(context: SuiteContext, server: ChatServer): Promise<CheckRow> {
  const { startFresh, tell } = context;
  tell(startFresh === undefined ? "the first request" : "the first request of a fresh server");
  const fresh = await startFresh?.();
  try {
    const reply = await askAgent(context, fresh === undefined ? server : { ...server, url: fresh.url }, {
      agent: "weir-cold",
      messages: [said(inventWords(shortTokens))],
      maxTokens: context.setting("answer-tokens"),
    });
    const named = {
      key: "cold-start",
      metric: fresh === undefined ? "first request (it ran already)" : "first request of a fresh server",
      unit: "ms",
    } as const;
    if (reply.kind === "answered")
      return heldBelow(
        { ...named, value: reply.tookMs },
        coldLimitMs,
        "Let the server read its model and answer one request of its own before it says that it is ready.",
      );
    const row = heldBelow({ ...named, value: null, why: describeReply(reply) }, coldLimitMs);
    return { ...row, status: "fail" };
  } finally {
    await fresh?.stop();
  }
}

async function measureSequence(
  context: SuiteContext,
  server: ChatServer,
  name: "short" | "long",
  words: number,
): Promise<readonly CheckRow[]> {
  const of = name === "short" ? `${shortTokens} tokens` : `${longTokens}+ tokens`;
  const run = async (inputTokens: number): Promise<FinishedRun> => {
    const outputTokens = context.setting("answer-tokens");
    return await context.run(`one agent, ${of}`, {
      workload: toLoad(server, { inputTokens, outputTokens }, context.base.seed),
      headers: { ...context.base.headers, [agentHeader]: `weir-baseline-${name}` },
      users: 1,
      schedule: undefined,
      requests: context.setting("requests"),
      durationMs: undefined,
      warmupMs: 0,
    });
  };
  let finished = await run(words);
  let counted = countPrompt(finished);
  // A vocabulary of long words counts fewer tokens: what is asked for is 500 of the server's own.
  if (name === "long" && counted !== null && counted < longTokens) {
    finished = await run(Math.ceil((words * (longTokens + 10)) / counted));
    counted = countPrompt(finished);
  }
  return describeSequence(name, of, counted, finished);
}

function describeSequence(
  name: string,
  of: string,
  counted: number | null,
  { record }: FinishedRun,
): readonly CheckRow[] {
  const { completed, failed, latencyMs } = record.summary;
  const { service } = latencyMs;
  const ended = completed + failed.total;
  const [first] = Object.values(failed.byKind);
  const why = record.verdict.sentence;
  const prompt = {
    key: `${name}/prompt-tokens`,
    metric: `${of}: a prompt as the server counts it`,
    unit: "count",
  } as const;
  return [
    told({
      ...prompt,
      value: counted === null ? null : Math.round(counted),
      why: "the server does not count",
    }),
    heldFrom(
      {
        key: `${name}/answered`,
        metric: `${of}: answered`,
        unit: "share",
        value: ended === 0 ? null : completed / ended,
        why,
        note: first === undefined ? undefined : first.firstMessage,
      },
      1,
    ),
    told({ key: `${name}/p50`, metric: `${of}: p50`, unit: "ms", value: service.p50, why }, "less"),
    heldBelow(
      {
        key: `${name}/slowest`,
        metric: `${of}: slowest of ${completed}`,
        unit: "ms",
        value: service.max,
        why,
      },
      sequentialLimitMs,
      "A smaller or quantised model, more threads or a GPU; weir run says whether it is the prompt (TTFT) or the answer (TPOT).",
    ),
  ];
}

/** Tokens of a prompt as the server counts them, on average; null where it does not. */
function countPrompt({ record }: FinishedRun): number | null {
  const { tokens, completed } = record.summary;
  return tokens === null || tokens.input === 0 || completed === 0 ? null : tokens.input / completed;
}

async function measureHealth(context: SuiteContext): Promise<readonly CheckRow[]> {
  context.tell("health probes");
  const paths = await findHealthPaths(context);
  const rows: CheckRow[] = [];
  for (const path of paths) {
    const probes: Awaited<ReturnType<typeof probe>>[] = [];
    for (let count = 0; count < probesOfPath; count += 1) probes.push(await probe(context, path));
    const good = probes.filter((each) => each.good);
    const row = heldBelow(
      {
        key: `probe${path.replaceAll("/", "-")}`,
        metric: `GET ${path}, slowest of ${probesOfPath}`,
        unit: "ms",
        value: good.length === 0 ? null : Math.max(...good.map(({ tookMs }) => tookMs)),
        why: "not one was answered",
        note: good.length === probesOfPath ? undefined : `${probesOfPath - good.length} failed`,
      },
      probeLimitMs,
    );
    rows.push(good.length === probesOfPath ? row : { ...row, status: "fail" });
  }
  const [path] = paths;
  return [...rows, ...(await measureChecks(context, path))];
}

async function measureChecks(context: SuiteContext, path: string | undefined): Promise<readonly CheckRow[]> {
  const count = context.setting("checks");
  const named = {
    key: "checks/answered",
    metric: `${count} health checks at once, answered`,
    unit: "share",
  } as const;
  if (path === undefined)
    return [heldAbove({ ...named, value: null, why: "no health path is known" }, checksLimit)];
  context.tell(`${count} health checks at once`);
  const crowd = forMany(context);
  const probes = await Promise.all(Array.from({ length: count }, () => probe(crowd, path)));
  const good = probes.filter((each) => each.good);
  const slowestMs = good.length === 0 ? null : Math.max(...good.map(({ tookMs }) => tookMs));
  return [
    heldAbove({ ...named, value: good.length / count }, checksLimit),
    told(
      {
        key: "checks/slowest",
        metric: `GET ${path}, slowest of ${count} at once`,
        unit: "ms",
        value: slowestMs,
      },
      "less",
    ),
  ];
}
