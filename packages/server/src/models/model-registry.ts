import { WeirError } from "@weir/protocol";
import type { QueuedBackend } from "./job-limit.ts";

/** The models that are served, found by the name a client asks for. */
export interface ModelRegistry {
  readonly models: readonly QueuedBackend[];
  add(model: QueuedBackend): void;
  /**
   * Undefined or empty stands for the first model. Names match with and without Ollama's `:latest`. Throws
   * MODEL_NOT_FOUND.
   */
  resolve(name: string | undefined): QueuedBackend;
}

export function createModelRegistry(initial: readonly QueuedBackend[] = []): ModelRegistry {
  const models: QueuedBackend[] = [];
  const byName = new Map<string, QueuedBackend>();

  function add(model: QueuedBackend): void {
    models.push(model);
    byName.set(withoutLatest(model.name), model);
  }
  initial.forEach(add);

  return {
    models,
    add,
    resolve(name) {
      const found = name === undefined || name === "" ? models[0] : byName.get(withoutLatest(name));
      if (found !== undefined) return found;
      const served = models.map((model) => model.name).join(", ") || "none";
      throw new WeirError("MODEL_NOT_FOUND", `model "${name ?? ""}" is not served here; served: ${served}`, {
        field: "model",
      });
    },
  };
}

function withoutLatest(name: string): string {
  return name.replace(/:latest$/, "");
}
