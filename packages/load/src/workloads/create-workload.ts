import type { ClosedLoopSchedule } from "@weir/stats";
import type { ChatPlan } from "../chat/chat-plan.ts";
import { createChatWorkload } from "../chat/chat-workload.ts";
import type { EmbeddingsPlan } from "../embeddings/embeddings-plan.ts";
import { createEmbeddingsWorkload } from "../embeddings/embeddings-workload.ts";
import type { HttpTarget } from "../http/http-target.ts";
import type { MixedPlan } from "../mixed/mixed-plan.ts";
import { createMixedWorkload } from "../mixed/mixed-workload.ts";
import type { ScenarioPlan } from "../scenario/scenario-plan.ts";
import { createScenarioWorkload } from "../scenario/scenario-workload.ts";
import type { Workload } from "../workload.ts";
import type { HttpPlan } from "./http-plan.ts";
import { createHttpWorkload } from "./http-workload.ts";
import type { UploadPlan } from "./upload-plan.ts";
import { createUploadWorkload } from "./upload-workload.ts";

/** What virtual users do. Plain JSON. */
export type WorkloadPlan = EmbeddingsPlan | ChatPlan | HttpPlan | UploadPlan | ScenarioPlan | MixedPlan;

/**
 * Prepares what a plan says. Throws USAGE where it says nothing that can be sent.
 * @param sessions how many sessions there will be, and the seed of their order
 */
export function createWorkload(
  plan: WorkloadPlan,
  sessions: ClosedLoopSchedule,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
): Workload {
  switch (plan.kind) {
    case "embeddings":
      return createEmbeddingsWorkload(plan, sessions, target, headers);
    case "chat":
      return createChatWorkload(plan, sessions, target, headers);
    case "http":
      return createHttpWorkload(plan, sessions.users, target, headers);
    case "upload":
      return createUploadWorkload(plan, sessions.users, target, headers);
    case "scenario":
      return createScenarioWorkload(plan, sessions, target, headers);
    case "mixed":
      return createMixedWorkload(plan, sessions, (part) => createWorkload(part, sessions, target, headers));
  }
}
