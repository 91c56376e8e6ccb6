import { WeirError } from "@weir/protocol";
import { requestOrder, type ClosedLoopSchedule } from "@weir/stats";
import type { HttpTarget } from "../http/http-target.ts";
import type { Workload, WorkloadChecks } from "../workload.ts";
import { firstPlace } from "../workloads/first-place.ts";
import type { ChatPlan } from "./chat-plan.ts";
import { ChatRequestEncoder } from "./chat-request-encoder.ts";
import { ChatSession, TaskSession } from "./chat-session.ts";
import { ConversationTurns } from "./conversation-turns.ts";
import { PromptBuster } from "./prompt-buster.ts";
import { createChatTemplates, SingleTurns } from "./single-turns.ts";
import { ToolCallCheck } from "./tool-call-check.ts";
import { ToolTurns } from "./tool-turns.ts";
import { PromptCycle, type TurnScript } from "./turn-script.ts";

/**
 * Prompts in, tokens out, in any dialect. Throws USAGE where the plan says nothing that can be sent, INVALID_REQUEST
 * where its dialect cannot say it.
 */
export function createChatWorkload(
  plan: ChatPlan,
  schedule: ClosedLoopSchedule,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
): Workload {
  checkPlan(plan);
  const encoder = new ChatRequestEncoder(plan, target, headers);
  const buster = new PromptBuster(plan.cache);
  const check = plan.turns.kind === "tools" ? new ToolCallCheck(plan.turns.tools) : undefined;
  const scripts = createScripts(plan, encoder, buster, check);
  const order = requestOrder(schedule, scripts.prompts);
  const counts = { examined: 0, failed: 0 };
  return {
    kind: "chat",
    unit: "tokens",
    requests: scripts.prompts,
    createSession(user) {
      const cycle = new PromptCycle(plan.prompts, order, firstPlace(user, schedule.users, order.length));
      const script = scripts.create(cycle, user);
      const { dialect, stream, check: chunks, turns } = plan;
      const parts = { dialect, stream, check: chunks, script, counts };
      return turns.kind === "tools" ? new TaskSession(parts) : new ChatSession(parts);
    },
    get checks(): WorkloadChecks {
      return check === undefined ? { ...counts } : { ...counts, tallies: check.tallies };
    },
  };
}

interface Scripts {
  /** How many of the plan's prompts are used. */
  readonly prompts: number;
  create(cycle: PromptCycle, user: number): TurnScript;
}

function createScripts(
  plan: ChatPlan,
  encoder: ChatRequestEncoder,
  buster: PromptBuster,
  check: ToolCallCheck | undefined,
): Scripts {
  const { turns, prompts, dialect, cache } = plan;
  // What the dialect cannot say is found before the run and not within it.
  for (const { messages, maxTokens } of prompts.slice(0, 1))
    encoder.encode(messages, maxTokens, turns.kind === "tools" ? { tools: turns.tools } : {});
  switch (turns.kind) {
    case "single": {
      const templates = createChatTemplates(prompts, encoder, buster);
      return { prompts: templates.length, create: (cycle) => new SingleTurns(templates, cycle, buster) };
    }
    case "tools": {
      const { tools, toolTurns } = turns;
      const common = { encoder, buster, check: check!, dialect, tools, toolTurns };
      return { prompts: prompts.length, create: (cycle) => new ToolTurns({ ...common, cycle }) };
    }
    case "conversation": {
      const { rounds, agentHeader } = turns;
      const run = cache.kind === "busted" ? cache.start : "warm";
      return {
        prompts: prompts.length,
        create: (cycle, user) =>
          new ConversationTurns({
            encoder,
            cycle,
            buster,
            rounds,
            agentHeader,
            agentPrefix: `weir-${run}-${user}`,
          }),
      };
    }
  }
}

function checkPlan({ prompts, turns, check, stream, dialect }: ChatPlan): void {
  const problems: string[] = [];
  if (prompts.length === 0) problems.push("there must be at least one prompt to send, got none");
  if (prompts.some(({ messages }) => messages.length === 0))
    problems.push("every prompt must have at least one message, got one without");
  if (check !== undefined && !stream)
    problems.push("a check on chunks needs answers that are streamed; leave it out or stream");
  if (turns.kind === "tools" && !isCount(turns.toolTurns))
    problems.push(`toolTurns must be a whole number from 1 on, got ${turns.toolTurns}`);
  if (turns.kind === "conversation" && !isCount(turns.rounds))
    problems.push(`rounds must be a whole number from 1 on, got ${turns.rounds}`);
  if (turns.kind === "conversation" && dialect === "ollama-generate" && turns.rounds > 1)
    problems.push("the ollama-generate dialect cannot hold a conversation; use ollama");
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("; "));
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
