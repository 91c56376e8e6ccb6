import { setTimeout as delay } from "node:timers/promises";
import type { ChatReply } from "@weir/load";
import { formatDuration, formatMs } from "../../record/format-number.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { askAgent, describeReply, inventWords, said, type ChatServer } from "./chat-server.ts";
import { heldBelow } from "./rows.ts";

const inputTokens = 50;
const askEveryMs = 250;
/** What is less was the first question. */
const atOnceMs = 100;

export type Recovery =
  | { readonly kind: "recovered"; readonly afterMs: number; readonly note: string }
  /** Not for as long as was waited. */
  | { readonly kind: "not-yet"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string };

/** What an answer takes without a crowd, the middle one of three; undefined where there was none. */
export async function measureAlone(context: SuiteContext, server: ChatServer): Promise<number | undefined> {
  const tookMs: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const reply = await askSomething(context, server, `weir-alone-${turn}`);
    if (reply.kind === "answered") tookMs.push(reply.tookMs);
  }
  return tookMs.toSorted((a, b) => a - b)[tookMs.length >> 1];
}

/**
 * Asks one question after the other until one is answered about as fast as it was alone: within twice the time and a tenth
 * of a second.
 * @param aloneMs what an answer took without a crowd; undefined where there was none
 */
export async function untilRecovered(
  context: SuiteContext,
  server: ChatServer,
  aloneMs: number | undefined,
): Promise<Recovery> {
  if (aloneMs === undefined)
    return { kind: "unknown", why: "one agent alone had no answer, so there is nothing to come back to" };
  const longestMs = context.setting("recovery");
  const startMs = performance.now();
  const mostMs = 2 * aloneMs + 100;
  let last = "";
  for (let turn = 0; performance.now() - startMs < longestMs; turn += 1) {
    const reply = await askSomething(context, server, `weir-recovery-${turn}`);
    if (reply.kind === "answered" && reply.tookMs <= mostMs) {
      const afterMs = Math.max(0, performance.now() - startMs - reply.tookMs);
      return {
        kind: "recovered",
        afterMs,
        note: `${formatMs(reply.tookMs)} an answer, ${formatMs(aloneMs)} before`,
      };
    }
    last = reply.kind === "answered" ? `an answer takes ${formatMs(reply.tookMs)}` : describeReply(reply);
    await delay(askEveryMs, undefined, { signal: context.signal });
  }
  return { kind: "not-yet", why: `not within ${formatMs(longestMs)}: ${last}; ${formatMs(aloneMs)} before` };
}

/** `at once`, `after 3 s`, or how long it was waited for in vain; undefined where there was nothing to come back to. */
export function describeRecovery(recovery: Recovery): string | undefined {
  if (recovery.kind === "unknown") return undefined;
  if (recovery.kind === "not-yet") return "not as before for as long as was waited";
  const { afterMs } = recovery;
  return `as before ${afterMs < atOnceMs ? "at once" : `after ${formatDuration(afterMs)}`}`;
}

/** The row of how long it took until the server was itself again. */
export function toRecoveryRow(recovery: Recovery, limitMs: number): CheckRow {
  const named = { key: "recovery", metric: "answers as before, after the last of them", unit: "ms" } as const;
  const advice =
    "What its clients gave up may still be computed: see that a request ends when its connection does.";
  switch (recovery.kind) {
    case "recovered": {
      const row = heldBelow({ ...named, value: recovery.afterMs, note: recovery.note }, limitMs, advice);
      return recovery.afterMs < atOnceMs ? { ...row, measured: `at once (${recovery.note})` } : row;
    }
    case "unknown":
      return heldBelow({ ...named, value: null, why: recovery.why }, limitMs);
    case "not-yet":
      return { ...heldBelow({ ...named, value: null, why: recovery.why }, limitMs), status: "fail", advice };
  }
}

async function askSomething(context: SuiteContext, server: ChatServer, agent: string): Promise<ChatReply> {
  const maxTokens = context.setting("answer-tokens");
  return await askAgent(context, server, { agent, messages: [said(inventWords(inputTokens))], maxTokens });
}
