import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { checkDrain } from "./check-drain.ts";
import { checkKeys } from "./check-keys.ts";
import { checkMemory } from "./check-memory.ts";
import { checkOverload } from "./check-overload.ts";
import { stall, toStalledRow } from "./check-stalled.ts";
import { checkStart } from "./check-start.ts";
import { findSamples } from "./sample-request.ts";

/** What a server needs before others rely on it. */
export const production: Suite = {
  name: "production",
  description:
    "The checklist before a server is deployed: start, memory limit, timeouts, refusals that say when to come back, probes, drain, keys. With --start all of it, with a URL what can be seen from outside.",
  takes: "1 to 2 min",
  settings: {
    start: { unit: "ms", default: 10_000, description: "longest start" },
    users: { unit: "count", default: 400, description: "users of the overload" },
    duration: { unit: "ms", default: 8000, description: "of the overload" },
    probe: { unit: "ms", default: 1000, description: "longest probe under overload; Kubernetes waits 1 s" },
    stalled: { unit: "ms", default: 90_000, description: "longest life of a client that stops half way" },
    drain: { unit: "ms", default: 30_000, description: "longest end after SIGTERM; Kubernetes waits 30 s" },
  },
  check: checkProduction,
};

async function* checkProduction(context: SuiteContext): AsyncGenerator<CheckRow, string, void> {
  const { base, signal, tell, setting } = context;
  const rows: CheckRow[] = [];
  const note = (row: CheckRow): CheckRow => {
    rows.push(row);
    return row;
  };
  tell("sending a first request");
  const createSample = await findSamples(base, signal);
  const small = createSample(0);
  // It stalls while everything else is looked at.
  const stalled = stall(context, small);
  yield note(await checkMemory(context));
  for await (const row of checkKeys(context, small)) yield note(row);
  for await (const row of checkStart(context, small)) yield note(row);
  for await (const row of checkOverload(context, small)) yield note(row);
  for await (const row of checkDrain(context, createSample)) yield note(row);
  tell("waiting for a client that stopped half way to be cut");
  yield note(toStalledRow(await stalled.result(setting("stalled")), setting("stalled")));
  return describeReadiness(rows);
}

function describeReadiness(rows: readonly CheckRow[]): string {
  const held = rows.filter(({ limit }) => limit !== null);
  const missed = held.filter(({ status }) => status === "fail");
  const unseenCount = rows.filter(({ measured }) => measured.startsWith("not looked at")).length;
  const rest = unseenCount === 0 ? "" : `; ${unseenCount} could not be looked at from here`;
  if (missed.length === 0) return `Ready for production: ${held.length} of ${held.length} kept${rest}.`;
  const names = missed.map(({ metric }) => metric).join("; ");
  return `Not ready for production: ${missed.length} of ${held.length} missed (${names})${rest}.`;
}
