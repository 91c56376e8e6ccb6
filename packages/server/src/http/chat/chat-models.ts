import type { ModelRegistry } from "../../models/model-registry.ts";
import type { QueuedBackend } from "../../models/queued-backend.ts";
import type { QueuedChat } from "../../models/queued-chat.ts";
import type { Service } from "../service.ts";

/** The registry, with models that chat among the others. */
export function findChatModels({
  registry,
}: Pick<Service, "registry">): ModelRegistry<QueuedBackend | QueuedChat> {
  return registry;
}
