import { setTimeout as delay } from "node:timers/promises";
import { parseHttpTarget, type Asked } from "@weir/load";
import { findListeners } from "../../platform/listening-processes.ts";
import { formatMs } from "../../record/format-number.ts";
import type { StartedTarget, TargetEnd } from "../../target/start-target.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { needsStart } from "./check-start.ts";
import { isGood, sendSample, type CreateSample, type SampleRequest } from "./sample-request.ts";
import { holds, unseen } from "./yes-or-no.ts";

const clients = 8;
const askAgainAfterMs = 50;
const sizes: readonly number[] = [1, 4, 16];
const longEnoughMs = 500;
/** A request that was sent a moment before the signal may reach the server after it. */
const graceMs = 100;

interface Exchange {
  readonly sentMs: number;
  readonly endedMs: number;
  readonly asked: Asked;
}

/** Asks a fresh server to end while requests are under way, and sees what becomes of them, of new ones, and of the server. */
export async function* checkDrain(
  context: SuiteContext,
  createSample: CreateSample,
): AsyncGenerator<CheckRow, void, void> {
  const { startFresh, setting, tell } = context;
  const flying = { key: "drain/in-flight", metric: "requests under way at SIGTERM" };
  const exit = { key: "drain/exit", metric: "end after SIGTERM" };
  if (startFresh === undefined) {
    yield unseen(flying, needsStart);
    yield unseen(exit, needsStart);
    return;
  }
  tell("starting a server to end it");
  const fresh = await startFresh();
  try {
    const { exchanges, termMs, end } = await endWhileBusy(context, fresh, createSample);
    yield describeFlying(flying, exchanges, termMs);
    yield describeNew(exchanges, termMs);
    yield describeEnd(exit, end, setting("drain"));
  } finally {
    await fresh.stop();
  }
}

/**
 * Eight clients send at the same moment, and when a third of the time has gone that this takes, the server is asked to
 * end. From then on each that has its answer asks again and again until the server has gone.
 */
async function endWhileBusy(
  { base, signal, setting, tell }: SuiteContext,
  fresh: StartedTarget,
  createSample: CreateSample,
): Promise<{ readonly exchanges: readonly Exchange[]; readonly termMs: number; readonly end: TargetEnd }> {
  const to = { ...base, url: fresh.url };
  const sendOne = async (sample: SampleRequest): Promise<Exchange> => {
    const sentMs = performance.now();
    const asked = await sendSample(to, sample, { signal });
    return { sentMs, endedMs: performance.now(), asked };
  };
  const sendAllOf = (sample: SampleRequest): Promise<Exchange>[] =>
    Array.from({ length: clients }, async () => await sendOne(sample));
  tell("ending a server while requests are under way");
  // Long enough that all of them have reached the server when it is asked to end, and none has come back.
  let [sample, usualMs] = [createSample(0), 0];
  for (const size of sizes) {
    sample = createSample(size);
    usualMs = findUsual(await Promise.all(sendAllOf(sample)));
    if (usualMs >= longEnoughMs) break;
  }
  const listeners = await findListeners(parseHttpTarget(fresh.url));

  const flying = sendAllOf(sample);
  // An interruption ends the wait below before anybody looks at them.
  for (const each of flying) each.catch(() => {});
  await delay(usualMs / 3, undefined, { signal });
  const termMs = performance.now();
  const ending = fresh.askToEnd(setting("drain"), listeners.kind === "found" ? listeners.pids : undefined);
  const gone = new AbortController();
  const late: Exchange[] = [];
  const goingOn = flying.map(async (exchange) => {
    await exchange;
    while (!gone.signal.aborted) {
      late.push(await sendOne(sample));
      await delay(askAgainAfterMs, undefined, { signal: gone.signal }).catch(() => {});
    }
  });
  for (const each of goingOn) each.catch(() => {});
  const end = await ending;
  gone.abort();
  await Promise.all(goingOn);
  return { exchanges: [...(await Promise.all(flying)), ...late], termMs, end };
}

/** How long a request takes whose answer is a good one: the median; 0 where there is none. */
function findUsual(exchanges: readonly Exchange[]): number {
  const took = exchanges.filter(({ asked }) => isGood(asked)).map(({ sentMs, endedMs }) => endedMs - sentMs);
  return took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
}

function describeFlying(
  named: Pick<CheckRow, "key" | "metric">,
  exchanges: readonly Exchange[],
  termMs: number,
): CheckRow {
  const flying = exchanges.filter(({ sentMs, endedMs }) => sentMs <= termMs && endedMs >= termMs);
  const finished = flying.filter(({ asked }) => isGood(asked)).length;
  const turnedAway = flying.filter(
    ({ asked, sentMs }) => asked.kind === "answered" && isTurnedAway(asked) && termMs - sentMs < graceMs,
  ).length;
  if (flying.length === 0)
    return {
      ...named,
      value: null,
      unit: "none",
      measured: "none was under way at that moment",
      limit: "finished",
      status: "not-measured",
    };
  const late = turnedAway === 0 ? "" : `, ${turnedAway} came too late and were told so`;
  return holds(
    named,
    finished + turnedAway === flying.length,
    `${finished} of ${flying.length} finished${late}`,
    "finished",
    "On SIGTERM stop accepting connections, finish what has begun, then end (server.close() in Node), before the supervisor's patience is over.",
  );
}

function describeNew(exchanges: readonly Exchange[], termMs: number): CheckRow {
  const fresh = exchanges.filter(({ sentMs }) => sentMs > termMs);
  const refused = fresh.filter(({ asked }) => asked.kind === "answered" && !isGood(asked)).length;
  const served = fresh.filter(({ asked }) => isGood(asked)).length;
  const broken = fresh.filter(({ asked }) => !isGood(asked) && !isTurnedAway(asked)).length;
  const apart = [
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(served > 0 ? [`${served} served`] : []),
    ...(broken > 0 ? [`${broken} left without an answer`] : []),
    ...(fresh.length - refused - served - broken > 0
      ? [`${fresh.length - refused - served - broken} not connected`]
      : []),
  ];
  return holds(
    { key: "drain/new-requests", metric: "requests that come after SIGTERM" },
    broken === 0,
    apart.length === 0 ? "none came before it was gone" : apart.join(", "),
    "turned away at once",
    "Close the listening socket on SIGTERM, or answer 503 with Connection: close: a request that is taken and never answered is lost.",
  );
}

/** Told to come back, or not let in: the client knows at once that nothing was done. */
function isTurnedAway(asked: Asked): boolean {
  if (asked.kind === "answered") return [429, 503, 529].includes(asked.status);
  return asked.failure !== "timeout" && asked.failure !== "answer-too-large";
}

function describeEnd(named: Pick<CheckRow, "key" | "metric">, end: TargetEnd, mostMs: number): CheckRow {
  const limit = `exit code 0 within ${formatMs(mostMs)}`;
  const advice =
    "Handle SIGTERM: finish, close what is open and exit with 0, so that a supervisor knows that all is well.";
  if (end.kind === "runs-on")
    return holds(named, false, `still there after ${formatMs(mostMs)}`, limit, advice);
  const how = end.signal === null ? `exit code ${end.code}` : `ended by ${end.signal} itself`;
  return {
    ...holds(named, end.code === 0, `${how} after ${formatMs(end.tookMs)}`, limit, advice),
    value: end.tookMs,
    unit: "ms",
  };
}
