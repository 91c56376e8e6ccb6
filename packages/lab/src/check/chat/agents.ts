import { randomBytes } from "node:crypto";
import { Histogram, toDistribution } from "@weir/stats";
import { formatCount, formatShare } from "../../record/format-number.ts";
import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { checkAgentList } from "./agent-list.ts";
import {
  countReuse,
  findForeignTokens,
  findForeignWords,
  type AgentStory,
  type Leak,
} from "./agent-story.ts";
import { askAgent, findChatServer, inventWords, said, type ChatServer } from "./chat-server.ts";
import { forMany } from "./for-many.ts";
import { liveAsAgent } from "./live-as-agent.ts";
import { failedLimit } from "./outcomes.ts";
import { describeLimits, heldFrom, heldTo, percentileOf, told } from "./rows.ts";

const reuseLimit = 0.8;
const strangers = 3;
const strangerWords = 60;
/** More than any chat template begins with: what strangers have in common beyond it is not believed. */
const mostSharedTokens = 256;

/** Agents beside each other: whether each is left its own past, and whether it is read once only. */
export const agents: Suite = {
  name: "agents",
  description:
    "10 agents of 50 turns each beside each other: nothing of one comes to another, and what was read once is not read again.",
  takes: "3 min",
  workload: "chat",
  settings: {
    users: { unit: "count", default: 10, description: "agents", least: 2 },
    requests: { unit: "count", default: 50, description: "turns of each agent", least: 2 },
    "answer-tokens": { unit: "count", default: 16, description: "longest answer" },
  },
  async *check(context) {
    const rows: CheckRow[] = [];
    const server = await findChatServer(context);
    const sharedTokens = await measureShared(context, server);
    const stories = await live(context, server);
    for (const row of describeStories(stories, sharedTokens)) {
      rows.push(row);
      yield row;
    }
    context.signal.throwIfAborted();
    for (const row of await checkAgentList(context, stories)) {
      rows.push(row);
      yield row;
    }
    const leaks = [...findForeignWords(stories), ...findForeignTokens(stories, sharedTokens ?? 0)];
    const reuse = countReuse(stories);
    const hits =
      reuse === undefined
        ? "the server does not say what it reuses"
        : `${formatShare(reuse.cachedTokens / Math.max(1, reuse.promptTokens))} of their prompts came from a cache`;
    const apart =
      leaks.length === 0
        ? "nothing of one came to another"
        : `${formatCount(leaks.length, "time")} something of one came to another`;
    const answered = stories.reduce((sum, { turns }) => sum + turns.length, 0);
    if (answered === 0)
      return `Not one turn of ${stories.length} agents was answered: ${describeLimits(rows)}.`;
    return `${stories.length} agents had ${formatCount(answered, "answer")}, ${apart}, and ${hits}: ${describeLimits(rows)}.`;
  },
};

/**
 * How many tokens the server takes from its cache for somebody it never saw: what its chat template begins with. Undefined
 * where it does not say.
 */
async function measureShared(context: SuiteContext, server: ChatServer): Promise<number | undefined> {
  context.tell("what prompts of strangers have in common");
  let shared: number | undefined;
  for (let count = 0; count < strangers; count += 1) {
    const agent = `weir-stranger-${randomBytes(6).toString("hex")}`;
    const messages = [said(`${randomBytes(6).toString("hex")} ${inventWords(strangerWords)}`)];
    const reply = await askAgent(context, server, { agent, messages, maxTokens: 1 });
    // The first of them may find nothing that the others then find.
    if (reply.kind === "answered" && reply.tokens.cached !== null)
      shared = Math.min(mostSharedTokens, Math.max(shared ?? 0, reply.tokens.cached));
  }
  return shared;
}

async function live(context: SuiteContext, server: ChatServer): Promise<readonly AgentStory[]> {
  const count = context.setting("users");
  const turns = context.setting("requests");
  const maxTokens = context.setting("answer-tokens");
  const run = randomBytes(4).toString("hex");
  const secrets = Array.from({ length: count }, () => `zq${randomBytes(5).toString("hex")}`);
  const crowd = forMany(context);
  let [done, toldTenths] = [0, 0];
  context.tell(`${count} agents of ${turns} turns`);
  const onTurn = (): void => {
    done += 1;
    // Where nobody sees it change, every line of it stays.
    const tenth = Math.floor((10 * done) / (count * turns));
    if (tenth > toldTenths) context.tell(`${count} agents of ${turns} turns: ${10 * tenth} % are done`);
    toldTenths = tenth;
  };
  return await Promise.all(
    secrets.map(async (_, place) => {
      const life = { id: `weir-${run}-${place + 1}`, secrets, place, turns, maxTokens, onTurn };
      return await liveAsAgent(crowd, server, life);
    }),
  );
}

function describeStories(
  stories: readonly AgentStory[],
  sharedTokens: number | undefined,
): readonly CheckRow[] {
  const answered = stories.reduce((sum, { turns }) => sum + turns.length, 0);
  const failed = stories.reduce((sum, story) => sum + story.failed, 0);
  const refused = stories.reduce((sum, story) => sum + story.refused, 0);
  const failure = stories.find((story) => story.failure !== undefined)?.failure;
  const nothing = answered === 0 ? `not one turn was answered: ${failure ?? "no reason given"}` : undefined;
  const ms = new Histogram();
  for (const { turns } of stories) for (const { tookMs } of turns) ms.record(tookMs);
  const took = toDistribution(ms);
  const last = stories.map(({ turns }) => turns.at(-1));
  const recalled = last.filter((turn, place) => turn?.names.includes(place)).length;
  return [
    heldTo(
      {
        key: "failed",
        metric: `turns that failed, of ${answered + failed}`,
        unit: "share",
        value: answered + failed === 0 ? null : failed / (answered + failed),
        note: failure,
      },
      failedLimit,
    ),
    told(
      { key: "refused", metric: "refused at first, and sent again", unit: "count", value: refused },
      "less",
    ),
    told({
      key: "restarted",
      metric: "conversations that became too long and were begun anew",
      unit: "count",
      value: stories.reduce((sum, story) => sum + story.restarted, 0),
    }),
    toLeakRow(
      "foreign-words",
      "answers with another agent's secret word",
      findForeignWords(stories),
      nothing,
    ),
    toLeakRow(
      "foreign-tokens",
      "turns with more from a cache than the agent's own past",
      findForeignTokens(stories, sharedTokens ?? 0),
      nothing ??
        (sharedTokens === undefined ? "the server does not say what it takes from a cache" : undefined),
      sharedTokens === undefined,
    ),
    told({
      key: "recalled",
      metric: "agents whose own word was said to them when they asked",
      unit: "count",
      value: recalled,
    }),
    ...describeReuse(stories),
    told(percentileOf({ key: "turn-p50", metric: "turn p50" }, took, "p50"), "less"),
    told(percentileOf({ key: "turn-p95", metric: "turn p95" }, took, "p95"), "less"),
  ];
}

function describeReuse(stories: readonly AgentStory[]): readonly CheckRow[] {
  const reuse = countReuse(stories);
  const hit = { key: "hit-rate", metric: "tokens from a cache, of all prompts", unit: "share" } as const;
  const repeated = {
    key: "reused",
    metric: "tokens from a cache, of what was sent before",
    unit: "share",
  } as const;
  const why = "n/a: the server does not say";
  if (reuse === undefined)
    return [told({ ...hit, value: null, why }), told({ ...repeated, value: null, why })];
  const { promptTokens, cachedTokens, repeatedTokens, reusedTokens } = reuse;
  const note = `${cachedTokens.toLocaleString("en-US")} of ${promptTokens.toLocaleString("en-US")}`;
  return [
    told({ ...hit, value: promptTokens === 0 ? null : cachedTokens / promptTokens, note }, "more"),
    heldFrom(
      {
        ...repeated,
        value: repeatedTokens === 0 ? null : reusedTokens / repeatedTokens,
        why: "nothing was sent twice",
      },
      reuseLimit,
      "Turn on prefix caching, give it room for all agents, and keep what comes first in prompts as it is.",
    ),
  ];
}

function toLeakRow(
  key: string,
  metric: string,
  leaks: readonly Leak[],
  why: string | undefined,
  unknowable = false,
): CheckRow {
  const figure = { key, metric, unit: "count" } as const;
  if (why !== undefined)
    return unknowable
      ? told({ ...figure, value: null, why: `n/a: ${why}` })
      : heldTo({ ...figure, value: null, why }, 0);
  const [first] = leaks;
  const note =
    first === undefined ? undefined : `agent ${first.agent + 1}, turn ${first.turn}: ${first.what}`;
  return heldTo(
    { ...figure, value: leaks.length, note },
    0,
    "Conversations are mixed up: look at how the server tells whose cache it continues.",
  );
}
