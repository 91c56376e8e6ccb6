import { WeirError } from "@weir/protocol";
import { describeAliasProblems, withoutLatest } from "./alias-problems.ts";
import { describeKind } from "./wrong-kind.ts";
import type { HostedChat } from "./queue-chat.ts";
import type { QueuedBackend } from "./queued-backend.ts";

/** A model that is served, of whatever kind: its `kind` tells which. */
export type HostedModel = QueuedBackend | HostedChat;

/** Whether a model computes vectors or scores, rather than answers. */
export function isBackend(model: HostedModel): model is QueuedBackend {
  return model.kind !== "chat";
}

/** What a registry has to know of a model. */
export interface NamedModel {
  readonly kind: string;
  /** The name that clients ask for. */
  readonly name: string;
}

/** The models that are served, found by kind of work and by the name a client asks for. */
export interface ModelRegistry<Model extends NamedModel = HostedModel> {
  /** In the order in which they were added. */
  readonly models: readonly Model[];
  /** Other names that stand for a model that is there now, each with that model. */
  readonly aliases: ReadonlyMap<string, Model>;
  /** Takes the place of the model of that name where there is one, and gives that back: its owner drains and closes it. */
  add(model: Model): Model | undefined;
  /** Takes a model out and gives it to the caller, who drains and closes it. Throws MODEL_NOT_FOUND. */
  remove(name: string): Model;
  /** The model that a name or an alias stands for, of whatever kind. */
  find(name: string): Model | undefined;
  /** The same; throws MODEL_NOT_FOUND. */
  get(name: string): Model;
  /** The name that an alias stands for, whether it is served now or not; undefined for what is no alias. */
  aliasOf(name: string): string | undefined;
  /**
   * Undefined or empty stands for the first model of that kind. Names match with and without Ollama's `:latest`; a
   * model's own name beats an alias. Throws MODEL_NOT_FOUND, and MODEL_WRONG_KIND where there are only others.
   */
  resolve<Kind extends Model["kind"]>(kind: Kind, name: string | undefined): Model & { readonly kind: Kind };
}

/** `aliases`: other names and what they stand for, which may be an alias itself. Throws USAGE where these go in a circle. */
export function createModelRegistry<Model extends NamedModel = HostedModel>(
  aliases: Readonly<Record<string, string>> = {},
): ModelRegistry<Model> {
  const problems = describeAliasProblems(aliases);
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
  const models: Model[] = [];
  const targets = new Map(
    Object.entries(aliases).map(([alias, name]) => [withoutLatest(alias), withoutLatest(name)]),
  );

  function indexOf(name: string): number {
    return models.findIndex((model) => withoutLatest(model.name) === name);
  }

  function find(name: string): Model | undefined {
    for (let known: string | undefined = withoutLatest(name); known !== undefined;) {
      const index = indexOf(known);
      if (index >= 0) return models[index];
      known = targets.get(known);
    }
    return undefined;
  }

  /** A model's own name beats an alias, which then is none. */
  function findAliased(): ReadonlyMap<string, Model> {
    const found = new Map<string, Model>();
    for (const alias of Object.keys(aliases)) {
      const model = indexOf(withoutLatest(alias)) < 0 ? find(alias) : undefined;
      if (model !== undefined) found.set(alias, model);
    }
    return found;
  }

  function describeServed(kind: string | undefined): string {
    const aliased = Array.from(findAliased());
    const fitting = models.filter((model) => kind === undefined || model.kind === kind);
    const names = fitting.map((model) => {
      const others = aliased.filter(([, other]) => other === model).map(([alias]) => alias);
      return others.length === 0 ? model.name : `${model.name} (also ${others.join(", ")})`;
    });
    return names.join(", ") || "none";
  }

  function notFound(name: string, found: Model | undefined, kind: string | undefined): WeirError {
    const wrong = found ?? (name === "" ? models[0] : undefined);
    const what =
      wrong === undefined
        ? `model "${name}" is not served here`
        : `model "${wrong.name}" is ${describeKind(wrong.kind)}, not ${describeKind(kind ?? "")}`;
    const code = wrong === undefined ? "MODEL_NOT_FOUND" : "MODEL_WRONG_KIND";
    return new WeirError(code, `${what}; served: ${describeServed(kind)}`, { field: "model" });
  }

  return {
    models,
    get aliases() {
      return findAliased();
    },
    find,
    get(name) {
      const found = find(name);
      if (found === undefined) throw notFound(name, undefined, undefined);
      return found;
    },
    aliasOf(name) {
      const plain = withoutLatest(name);
      return indexOf(plain) >= 0 ? undefined : (find(plain)?.name ?? targets.get(plain));
    },
    add(model) {
      const index = indexOf(withoutLatest(model.name));
      return index < 0 ? void models.push(model) : models.splice(index, 1, model)[0];
    },
    remove(name) {
      const index = indexOf(withoutLatest(name));
      if (index < 0) throw notFound(name, undefined, undefined);
      return models.splice(index, 1)[0]!;
    },
    resolve<Kind extends Model["kind"]>(kind: Kind, name: string | undefined) {
      const isOfKind = (model: Model): model is Model & { readonly kind: Kind } => model.kind === kind;
      const found = name === undefined || name === "" ? models.find(isOfKind) : find(name);
      if (found === undefined || !isOfKind(found)) throw notFound(name ?? "", found, kind);
      return found;
    },
  };
}
