import { setTimeout as delay } from "node:timers/promises";
import { parseHttpTarget, type Asked } from "@weir/load";
import { WeirError } from "@weir/protocol";
import { formatDuration, formatMs } from "../../record/format-number.ts";
import { findListeners } from "../../platform/listening-processes.ts";
import { listProcessTree, readProcess } from "../../platform/process-files.ts";
import type { StartedTarget } from "../../target/start-target.ts";
import { heldTo, told } from "../chat/rows.ts";
import { findSamples, isGood, sendSample, type SampleRequest } from "../production/sample-request.ts";
import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { createDocuments, embeddingsOf } from "./bulk-texts.ts";

const askAgainAfterMs = 50;

/** A server beside a desktop app, from its start to its end. */
export const desktopLife: Suite = {
  name: "desktop-life",
  description:
    "The life of a server beside a desktop app: start, first use, rest, a crash of the model's process and of the server, the next start, the end. Needs --start.",
  takes: "1 min",
  workload: "embeddings",
  settings: {
    notes: { unit: "count", default: 64, description: "texts of the first use" },
    rest: { unit: "ms", default: 15_000, description: "time in which nobody asks" },
    start: { unit: "ms", default: 10_000, description: "longest start, and longest return after a crash" },
    query: { unit: "ms", default: 2000, description: "longest first query, and first one after a rest" },
    end: { unit: "ms", default: 5000, description: "longest end, with all that was started" },
  },
  check: checkLife,
};

async function* checkLife(context: SuiteContext): AsyncGenerator<CheckRow, string, void> {
  const { started, startFresh, base, signal, run, setting, tell } = context;
  if (started === undefined || startFresh === undefined)
    throw new WeirError(
      "USAGE",
      'the suite desktop-life starts and ends the server: give --start "CMD --port {port}".',
    );
  const slowStart =
    "Keep the model in a format that is mapped and not converted, and start it with the app and not with the first query.";
  yield heldTo(ms("start", "start", started.readyAfterMs), setting("start"), slowStart);
  const sample = (await findSamples(base, signal))(0);
  tell("the first query");
  const first = await answerMs(base, sample, started, signal);
  yield heldTo(
    first === undefined ? noAnswer("first-query", "first query") : ms("first-query", "first query", first),
    setting("query"),
    "Warm the model before the server says that it is ready.",
  );

  const notes = await run("first use", {
    workload: { ...embeddingsOf(base), texts: createDocuments(), batch: 8 },
    users: 1,
    requests: Math.ceil(setting("notes") / 8),
    durationMs: undefined,
    warmupMs: 0,
    limits: [],
  });
  const { window, failed } = notes.record.summary;
  yield told(ms("first-use", `first use: ${setting("notes")} texts`, window.endMs - window.startMs), "less");
  yield heldTo({ key: "first-use/failed", metric: "failed of them", unit: "count", value: failed.total }, 0);

  const tree = await findTree(started);
  const busyBytes = memoryOf(tree);
  tell(`a rest of ${formatDuration(setting("rest"))}`);
  await delay(setting("rest"), undefined, { signal });
  const restBytes = memoryOf(await findTree(started));
  if (busyBytes !== undefined)
    yield told(
      { key: "memory/after-use", metric: "memory after the first use", unit: "bytes", value: busyBytes },
      "less",
    );
  if (restBytes !== undefined)
    yield told(
      { key: "memory/at-rest", metric: "memory after a rest", unit: "bytes", value: restBytes },
      "less",
    );
  const woken = await answerMs(base, sample, started, signal);
  yield heldTo(
    woken === undefined ? noAnswer("wake", "query after a rest") : ms("wake", "query after a rest", woken),
    setting("query"),
    "Keep the model in memory for longer (--keep-alive of weir serve).",
  );

  yield* checkModelCrash(context, started, sample);
  return yield* checkServerCrash(context, started, startFresh, sample);
}

/** Kills the largest process below the one that listens, where there is one: a server is to outlive its model. */
async function* checkModelCrash(
  { base, signal, setting, tell }: SuiteContext,
  server: StartedTarget,
  sample: SampleRequest,
): AsyncGenerator<CheckRow, void, void> {
  const [root, ...below] = await findTree(server);
  const largest = below.toSorted(
    (a, b) => (readProcess(b)?.rssBytes ?? 0) - (readProcess(a)?.rssBytes ?? 0),
  )[0];
  if (root === undefined || largest === undefined) {
    yield told({
      key: "model-killed",
      metric: "model's process killed, next answer",
      unit: "ms",
      value: null,
      why: "it has no process of its own",
    });
    return;
  }
  tell("killing the model's process");
  const fromMs = performance.now();
  process.kill(largest, "SIGKILL");
  const asked = await untilAnswered(base, sample, server, { signal, withinMs: setting("start") });
  yield heldTo(
    asked
      ? ms("model-killed", "model's process killed, next answer", performance.now() - fromMs)
      : noAnswer("model-killed", "model's process killed, next answer"),
    setting("start"),
    "Start a model's process anew when it ends, and hold or refuse what comes meanwhile.",
  );
}

/** Kills the server, sees what it leaves, starts it again as an app would, and ends that in good order. */
async function* checkServerCrash(
  { base, signal, setting, tell }: SuiteContext,
  server: StartedTarget,
  startFresh: () => Promise<StartedTarget>,
  sample: SampleRequest,
): AsyncGenerator<CheckRow, string, void> {
  tell("killing the server");
  const before = await findTree(server);
  const fromMs = performance.now();
  // Everything else is left to itself: it has to notice.
  if (before[0] !== undefined) {
    const dying = server.askToEnd(0, []);
    process.kill(before[0], "SIGKILL");
    await dying;
    const gone = await untilGone(before, setting("end"), signal);
    yield heldTo(
      {
        key: "server-killed/left",
        metric: "processes that outlive a killed server",
        unit: "count",
        value: gone.left,
        note: formatMs(gone.tookMs),
      },
      0,
      "Have every process that it starts end when its pipe or parent goes: an app that crashes must leave nothing behind.",
    );
  }
  tell("starting again");
  const again = await startFresh();
  const backMs = (await untilAnswered(base, sample, again, { signal, withinMs: setting("start") }))
    ? performance.now() - fromMs
    : undefined;
  yield heldTo(ms("second-start", "next start", again.readyAfterMs), setting("start"));
  if (backMs !== undefined) yield told(ms("server-killed", "server killed, next answer", backMs), "less");
  tell("ending it");
  const tree = await findTree(again);
  const end = await again.askToEnd(setting("end"), tree.slice(0, 1));
  const left = await untilGone(tree, setting("end"), signal);
  yield heldTo(
    {
      key: "quit",
      metric: "end when it is asked to",
      unit: "ms",
      value: end.kind === "ended" ? end.tookMs : null,
      why: `still there after ${formatMs(setting("end"))}`,
    },
    setting("end"),
  );
  yield heldTo({ key: "quit/left", metric: "processes left after that", unit: "count", value: left.left }, 0);
  return `Its server is there ${formatMs(server.readyAfterMs)} after its first start and ${formatMs(again.readyAfterMs)} after the next${backMs === undefined ? "" : `, and answers again ${formatMs(backMs)} after it was killed`}.`;
}

const ms = (key: string, metric: string, value: number) => ({ key, metric, unit: "ms" as const, value });
const noAnswer = (key: string, metric: string) => ({
  key,
  metric,
  unit: "ms" as const,
  value: null,
  why: "no answer",
});

async function answerMs(
  base: SuiteContext["base"],
  sample: SampleRequest,
  { url }: StartedTarget,
  signal: AbortSignal,
): Promise<number | undefined> {
  const asked = await sendSample({ ...base, url }, sample, { signal });
  return asked.kind === "answered" && isGood(asked) ? asked.tookMs : undefined;
}

async function untilAnswered(
  base: SuiteContext["base"],
  sample: SampleRequest,
  { url }: StartedTarget,
  { signal, withinMs }: { readonly signal: AbortSignal; readonly withinMs: number },
): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const asked: Asked = await sendSample({ ...base, url }, sample, { signal, timeoutMs: withinMs });
    if (isGood(asked)) return true;
    if (performance.now() > untilMs) return false;
    await delay(askAgainAfterMs, undefined, { signal });
  }
}

/** The process that listens, and all below it; none where it cannot be seen. */
async function findTree({ url }: StartedTarget): Promise<readonly number[]> {
  const listeners = await findListeners(parseHttpTarget(url));
  return listeners.kind === "found" ? listProcessTree(listeners.pids[0]!) : [];
}

function memoryOf(tree: readonly number[]): number | undefined {
  if (tree.length === 0) return undefined;
  return tree.reduce((sum, pid) => sum + (readProcess(pid)?.rssBytes ?? 0), 0);
}

async function untilGone(
  pids: readonly number[],
  withinMs: number,
  signal: AbortSignal,
): Promise<{ readonly left: number; readonly tookMs: number }> {
  const fromMs = performance.now();
  for (;;) {
    const left = pids.filter((pid) => readProcess(pid) !== undefined).length;
    const tookMs = performance.now() - fromMs;
    if (left === 0 || tookMs > withinMs) return { left, tookMs };
    await delay(askAgainAfterMs, undefined, { signal });
  }
}
