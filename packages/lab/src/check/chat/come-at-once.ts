import type { ChatReply } from "@weir/load";
import { Histogram, toDistribution } from "@weir/stats";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { askAgent, inventWords, said, type ChatServer } from "./chat-server.ts";
import { forMany } from "./for-many.ts";
import { toHealthRow, watchHealth } from "./health.ts";
import { failedLimit, refusalStatuses, refuseAdvice } from "./outcomes.ts";
import { heldTo, percentileOf, told } from "./rows.ts";

const probeEveryMs = 100;
const inputTokens = 50;

export interface Burst {
  readonly rows: readonly CheckRow[];
  readonly of: number;
  readonly answered: number;
  readonly refused: number;
  /** From when they came to the end of the last of them. */
  readonly tookMs: number;
}

/** Agents who ask one question each, all in the same moment. */
export async function comeAtOnce(
  context: SuiteContext,
  server: ChatServer,
  path: string | undefined,
): Promise<Burst> {
  const count = context.setting("burst");
  const maxTokens = context.setting("answer-tokens");
  context.tell(`${count} agents at once`);
  const watch = path === undefined ? undefined : watchHealth(context, path, probeEveryMs);
  const crowd = forMany(context);
  const cameMs = performance.now();
  let tookMs = 0;
  let replies: readonly ChatReply[];
  try {
    replies = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const messages = [said(inventWords(inputTokens))];
        return await askAgent(crowd, server, { agent: `weir-burst-${index}`, messages, maxTokens });
      }),
    );
    tookMs = performance.now() - cameMs;
  } finally {
    await watch?.stop();
  }
  const health = await watch?.stop();
  const answered = replies.filter((reply) => reply.kind === "answered");
  const refused = replies
    .filter((reply) => reply.kind === "refused")
    .filter(({ status }) => refusalStatuses.includes(status));
  const untold = refused.filter(({ retryAfterMs }) => retryAfterMs === null).length;
  const failures = replies.filter(
    (reply) =>
      reply.kind === "failed" || (reply.kind === "refused" && !refusalStatuses.includes(reply.status)),
  );
  const [failure] = failures;
  const firstMs = new Histogram();
  for (const { ttftMs, tookMs } of answered) firstMs.record(ttftMs ?? tookMs);
  const of = (key: string, metric: string): { readonly key: string; readonly metric: string } => ({
    key: `burst/${key}`,
    metric: `${count} at once: ${metric}`,
  });
  const first = server.workload.stream ? "TTFT" : "answer";
  const times = toDistribution(firstMs);
  const rows = [
    told({ ...of("answered", "answered"), unit: "count", value: answered.length }, "more"),
    told({ ...of("took", "until the last of them was served"), unit: "ms", value: tookMs }, "less"),
    told({ ...of("refused", "refused"), unit: "count", value: refused.length }, "less"),
    heldTo(
      { ...of("refused-untold", "refused without Retry-After"), unit: "count", value: untold },
      0,
      "Say with Retry-After when it is worth coming again: clients that are not told come back at once.",
    ),
    heldTo(
      {
        ...of("failed", "failed"),
        unit: "share",
        value: failures.length / count,
        note: failure === undefined ? undefined : describeFailure(failure),
      },
      failedLimit,
      refuseAdvice,
    ),
    told(percentileOf(of("ttft-p50", `${first} p50`), times, "p50"), "less"),
    told(percentileOf(of("ttft-p95", `${first} p95`), times, "p95"), "less"),
    toHealthRow("burst/health", `beside ${count} at once`, path, health),
  ];
  return { rows, of: count, answered: answered.length, refused: refused.length, tookMs };
}

function describeFailure(reply: ChatReply): string | undefined {
  if (reply.kind === "answered") return undefined;
  return reply.kind === "refused" ? `${reply.status}: ${reply.message}` : reply.message;
}
