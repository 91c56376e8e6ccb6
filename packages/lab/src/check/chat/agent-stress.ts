import { formatDuration, formatShare } from "../../record/format-number.ts";
import type { CheckRow, Suite } from "../suite.ts";
import { findChatServer } from "./chat-server.ts";
import { comeAtOnce } from "./come-at-once.ts";
import { findHealthPaths } from "./health.ts";
import { describeLimits } from "./rows.ts";
import { runStep } from "./stress-step.ts";
import { describeRecovery, measureAlone, toRecoveryRow, untilRecovered } from "./until-recovered.ts";

const shares = [0.1, 0.25, 0.5, 0.75, 1] as const;

/** More and more agents, then all of them at once. */
export const agentStress: Suite = {
  name: "agent-stress",
  description:
    "More and more agents up to 100, then 120 at once: who is answered, refused, fails, and how soon it is over.",
  takes: "2 min",
  workload: "chat",
  settings: {
    users: {
      unit: "count",
      default: 100,
      description: "most agents of the ramp, which begins at a tenth of them",
    },
    duration: { unit: "ms", default: 15_000, description: "length of each step" },
    burst: { unit: "count", default: 120, description: "agents that come at once in the end" },
    recovery: { unit: "ms", default: 30_000, description: "how soon it has to answer as before" },
    "answer-tokens": { unit: "count", default: 16, description: "longest answer" },
  },
  async *check(context) {
    const rows: CheckRow[] = [];
    const keep = (row: CheckRow): CheckRow => {
      rows.push(row);
      return row;
    };
    const server = await findChatServer(context);
    const [path] = await findHealthPaths(context);
    context.tell("one agent alone");
    const aloneMs = await measureAlone(context, server);
    const most = context.setting("users");
    const steps = [...new Set(shares.map((share) => Math.max(1, Math.round(most * share))))];
    let wellUpTo = 0;
    let failing = false;
    for (const users of steps) {
      const step = await runStep(context, server, path, users);
      for (const row of step) yield keep(row);
      failing ||= !isAllAnswered(step);
      if (!failing) wellUpTo = users;
    }
    const burst = await comeAtOnce(context, server, path);
    for (const row of burst.rows) yield keep(row);
    context.tell("waiting until it answers as it did before");
    const recovery = await untilRecovered(context, server, aloneMs);
    yield keep(toRecoveryRow(recovery, context.setting("recovery")));
    const upTo =
      wellUpTo === 0
        ? `Not even ${steps[0]} agents had all their requests answered`
        : `Up to ${wellUpTo} agents every request was answered`;
    const { answered, refused, of, tookMs } = burst;
    const atOnce = `of ${of} at once ${formatShare(answered / of)} were answered and ${formatShare(refused / of)} refused within ${formatDuration(tookMs)}`;
    const after = describeRecovery(recovery);
    const then = after === undefined ? "" : `, and then it answered ${after}`;
    return `${upTo}, ${atOnce}${then}: ${describeLimits(rows)}.`;
  },
};

function isAllAnswered(step: readonly CheckRow[]): boolean {
  const valueOf = (name: string): number | null | undefined =>
    step.find(({ key }) => key.endsWith(`/${name}`))?.value;
  return valueOf("failed") === 0 && valueOf("refused") === 0;
}
