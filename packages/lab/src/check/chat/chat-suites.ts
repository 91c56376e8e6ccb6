import type { Suite } from "../suite.ts";
import { agentStress } from "./agent-stress.ts";
import { agents } from "./agents.ts";
import { baseline } from "./baseline.ts";
import { conversations } from "./conversations.ts";
import { soak } from "./soak.ts";

/** What can be found out about any chat server. */
export const chatSuites: readonly Suite[] = [baseline, agentStress, agents, conversations, soak];
