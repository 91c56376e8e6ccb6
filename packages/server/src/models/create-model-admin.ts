import { WeirError } from "@weir/protocol";
import type { AdminModel, ModelAdmin, ModelSource } from "../admin/model-admin.ts";
import type { ModelRegistry } from "./model-registry.ts";
import type { QueuedBackend } from "./queued-backend.ts";
import type { ServedModel } from "./served-model.ts";

/** Where a model's files are and which engine reads them. */
export type LocatedModel = Pick<ServedModel, "engineModule" | "spec">;

/** Finds what an operator named, or builds it. Rejects with MODEL_INVALID or ENGINE_MISSING. */
export type LocateModel = (path: string, signal: AbortSignal) => Promise<LocatedModel>;

/** What changing the models takes. */
export interface ModelAdminParts {
  readonly registry: ModelRegistry;
  readonly locate: LocateModel;
  /** Starts and warms a model, without registering it. */
  readonly load: (model: ServedModel, signal: AbortSignal) => Promise<QueuedBackend>;
  /** Lets a model's jobs finish and closes it. */
  readonly retire: (model: QueuedBackend) => Promise<void>;
}

/** Changes a registry while it serves. */
export function createModelAdmin({ registry, locate, load, retire }: ModelAdminParts): ModelAdmin {
  const changing = new Map<QueuedBackend, "swapping" | "draining">();

  function describe(model: QueuedBackend): AdminModel {
    const { name, info, source, replicas, jobsHeld } = model;
    const { kind } = model.state;
    return {
      name,
      state: changing.get(model) ?? (kind === "circuit-open" ? "restarting" : kind),
      path: source.pool.spec.path,
      dimensions: info.dimensions,
      device: info.device,
      precision: info.precision,
      replicas: replicas.filter((replica) => replica.kind === "ready").length,
      jobs: jobsHeld,
    };
  }

  async function during<T>(
    model: QueuedBackend,
    change: "swapping" | "draining",
    act: () => Promise<T>,
  ): Promise<T> {
    changing.set(model, change);
    try {
      return await act();
    } finally {
      changing.delete(model);
    }
  }

  async function locateSource(source: ModelSource, signal: AbortSignal): Promise<LocatedModel> {
    const { engineModule, spec } = await locate(source.path, signal);
    return { engineModule, spec: source.threads === undefined ? spec : { ...spec, threads: source.threads } };
  }

  return {
    list() {
      const leaving = Array.from(changing.keys()).filter((model) => !registry.models.includes(model));
      return [...registry.models, ...leaving].map(describe);
    },
    async load(name, source, signal) {
      const located = await locateSource(source, signal);
      const replicas = source.replicas === undefined ? {} : { replicas: source.replicas };
      const model = await load({ name, ...located, ...replicas }, signal);
      if (signal.aborted) {
        await retire(model);
        throw new WeirError("CANCELLED", `the client went away before model ${name} was loaded`);
      }
      registry.add(model);
      return describe(model);
    },
    async swap(name, source, signal) {
      const model = find(registry, name);
      const { replicas } = source;
      await during(model, "swapping", async () => {
        const located = await locateSource(source, signal);
        await model.swap({ ...located, ...(replicas === undefined ? {} : { replicas }) }, signal);
      });
      return describe(model);
    },
    async unload(name) {
      const model = registry.remove(name);
      await during(model, "draining", () => retire(model));
    },
  };
}

function find(registry: ModelRegistry, name: string): QueuedBackend {
  const model = registry.models.find((candidate) => candidate.name === name);
  if (model !== undefined) return model;
  throw new WeirError("MODEL_NOT_FOUND", `model "${name}" is not served here`, { field: "name" });
}
