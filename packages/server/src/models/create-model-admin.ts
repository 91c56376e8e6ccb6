import { WeirError } from "@weir/protocol";
import type { AdminModel, ModelAdmin, ModelSource } from "../admin/model-admin.ts";
import type { HostedModel, ModelRegistry } from "./model-registry.ts";
import type { ServedChat, ServedModel, ServedRemote, ServedReplicas } from "./served-model.ts";

/**
 * Where a model's files are, which engine reads them and how its replicas are laid out where a request does not say, or which
 * other server has it.
 */
export type LocatedModel =
  | Omit<ServedReplicas, "name">
  | Pick<ServedRemote, "remote">
  | Omit<ServedChat, "name">;

/**
 * Finds what an operator named, or builds it; `name` is what it is served under. Rejects with MODEL_INVALID,
 * ENGINE_MISSING or USAGE.
 */
export type LocateModel = (path: string, signal: AbortSignal, name: string) => Promise<LocatedModel>;

/** What changing the models takes. */
export interface ModelAdminParts {
  readonly registry: ModelRegistry;
  readonly locate: LocateModel;
  /** Starts and warms a model, without registering it. */
  readonly load: (model: ServedModel, options: { readonly signal: AbortSignal }) => Promise<HostedModel>;
  /** Starts a model and lets it take the place of another under its name. */
  readonly replace: (queued: HostedModel, model: ServedModel, signal: AbortSignal) => Promise<void>;
  /** Lets a model's jobs finish and closes it. */
  readonly retire: (model: HostedModel) => Promise<void>;
}

/** Changes a registry while it serves. */
export function createModelAdmin({ registry, locate, load, replace, retire }: ModelAdminParts): ModelAdmin {
  const changing = new Map<HostedModel, "swapping" | "draining">();

  function describe(model: HostedModel): AdminModel {
    const { name, info, source, replicas, jobsHeld } = model;
    const { kind } = model.state;
    return {
      name,
      state: changing.get(model) ?? (kind === "circuit-open" ? "restarting" : kind),
      path:
        source.kind === "remote"
          ? source.remote.url
          : "precision" in source.pool
            ? source.pool.precision.sourcePath
            : source.pool.spec.path,
      dimensions: "dimensions" in info ? info.dimensions : undefined,
      device: info.device,
      precision: info.precision,
      replicas: replicas.filter((replica) => replica.kind === "ready").length,
      jobs: jobsHeld,
    };
  }

  async function during<T>(
    model: HostedModel,
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

  async function locateSource(name: string, source: ModelSource, signal: AbortSignal): Promise<LocatedModel> {
    const located = await locate(source.path, signal, name);
    const { threads, replicas, precision } = source;
    if ("remote" in located) {
      assertLeftOut({ threads, replicas, precision }, "where another server computes");
      return located;
    }
    if ("chat" in located) {
      assertLeftOut(
        { replicas, precision },
        "for a chat model, which has one process and the weights of its file",
      );
      const { engineModule, spec } = located.chat;
      return threads === undefined
        ? located
        : { ...located, chat: { engineModule, spec: { ...spec, threads } } };
    }
    const chosen = precision === undefined ? located : { ...located, precision };
    return threads === undefined ? chosen : { ...chosen, spec: { ...chosen.spec, threads } };
  }

  return {
    list() {
      const leaving = Array.from(changing.keys()).filter((model) => !registry.models.includes(model));
      return [...registry.models, ...leaving].map(describe);
    },
    aliasOf: (name) => registry.aliasOf(name),
    async load(name, source, signal) {
      const model = await load(toServed(name, await locateSource(name, source, signal), source), { signal });
      if (signal.aborted) {
        await retire(model);
        throw new WeirError("CANCELLED", `the client went away before model ${name} was loaded`);
      }
      const before = registry.add(model);
      // Somebody else loaded one under that name meanwhile.
      if (before !== undefined) await retire(before);
      return describe(model);
    },
    async swap(name, source, signal) {
      const model = find(registry, name);
      const { replicas } = source;
      await during(model, "swapping", async () => {
        const located = await locateSource(name, source, signal);
        const { source: current } = model;
        if (model.kind === "chat" && "chat" in located && model.source.kind === "replicas") {
          const { pool } = model.source;
          return model.keepLoaded(() => pool.swap(located.chat, signal));
        }
        // Replicas that follow replicas keep what was chosen for them.
        if (
          current.kind === "replicas" &&
          "precision" in current.pool &&
          !("remote" in located) &&
          !("chat" in located)
        ) {
          const { pool } = current;
          const { engineModule, spec, precision = "fp32" } = located;
          const next = { engineModule, spec, precision, ...(replicas === undefined ? {} : { replicas }) };
          return model.keepLoaded(() => pool.swap(next, signal));
        }
        return replace(model, toServed(name, located, source), signal);
      });
      return describe(model);
    },
    async unload(name) {
      const model = registry.remove(name);
      await during(model, "draining", () => retire(model));
    },
  };
}

/** Throws INVALID_REQUEST where one of the fields was given. */
function assertLeftOut(fields: Readonly<Record<string, unknown>>, where: string): void {
  const field = Object.keys(fields).find((name) => fields[name] !== undefined);
  if (field === undefined) return;
  throw new WeirError("INVALID_REQUEST", `${field}: expected nothing ${where}; leave it out`, { field });
}

function toServed(name: string, located: LocatedModel, { replicas }: ModelSource): ServedModel {
  if ("remote" in located || "chat" in located) return { name, ...located };
  if (replicas !== undefined) return { name, ...located, replicas };
  // A measurement beside the traffic of others would measure that.
  return { name, ...located, ...(located.replicas === "auto" ? { replicas: 1 } : {}) };
}

function find(registry: ModelRegistry, name: string): HostedModel {
  const model = registry.models.find((candidate) => candidate.name === name);
  if (model !== undefined) return model;
  throw new WeirError("MODEL_NOT_FOUND", `model "${name}" is not served here`, { field: "name" });
}
