import { chatSuites } from "./chat/chat-suites.ts";
import { embeddingSuites } from "./embeddings/embedding-suites.ts";
import { fivePhases } from "./five-phases/five-phases.ts";
import { production } from "./production/production.ts";
import type { Suite } from "./suite.ts";

/** The suites that `weir check NAME` knows, in the order in which they are listed. */
export const builtInSuites: readonly Suite[] = [fivePhases, production, ...embeddingSuites, ...chatSuites];
