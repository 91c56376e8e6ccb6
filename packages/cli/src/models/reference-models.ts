import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../command-context.ts";
import { importChatEngine, importEmbeddingEngine } from "../engine-packages.ts";
import { resolveModelCache } from "./locate-model.ts";

interface ListedModel {
  readonly name: string;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly description: string;
  readonly built: boolean;
}

/** A reference model as `weir models list --json` has it: what is known of it without building it. */
export type ListedReferenceModel = ListedModel &
  (
    | { readonly kind: "embed" | "rank"; readonly dimensions: number; readonly maxTokens: number }
    | { readonly kind: "chat"; readonly contextTokens: number }
  );

/** The reference models of every engine that is installed. Throws ENGINE_MISSING where there is none. */
export async function listEveryReferenceModel(
  context: CommandContext,
): Promise<readonly ListedReferenceModel[]> {
  const cacheDirectory = resolveModelCache(context);
  const found = await Promise.allSettled([
    listEmbeddingModels(cacheDirectory),
    listChatModels(cacheDirectory),
  ]);
  const models: ListedReferenceModel[] = [];
  for (const outcome of found) {
    if (outcome.status === "fulfilled") models.push(...outcome.value);
    else if (!(outcome.reason instanceof WeirError) || outcome.reason.code !== "ENGINE_MISSING")
      throw outcome.reason;
  }
  const [first] = found;
  if (models.length === 0 && first.status === "rejected") throw first.reason;
  return models;
}

async function listEmbeddingModels(cacheDirectory: string): Promise<readonly ListedReferenceModel[]> {
  const { listReferenceModels, isReferenceModelBuilt } = await importEmbeddingEngine();
  return Promise.all(
    listReferenceModels().map(async ({ name, parameters, weightBytes, maxTokens, shape, description }) => ({
      kind: name.startsWith("reference-rank-") ? ("rank" as const) : ("embed" as const),
      name,
      parameters,
      weightBytes,
      maxTokens,
      dimensions: shape.width,
      description,
      built: await isReferenceModelBuilt(name, cacheDirectory),
    })),
  );
}

async function listChatModels(cacheDirectory: string): Promise<readonly ListedReferenceModel[]> {
  const { listReferenceChatModels, isReferenceChatModelBuilt } = await importChatEngine();
  return Promise.all(
    listReferenceChatModels().map(async ({ name, parameters, weightBytes, shape, description }) => ({
      kind: "chat" as const,
      name,
      parameters,
      weightBytes,
      contextTokens: shape.contextTokens,
      description,
      built: await isReferenceChatModelBuilt(name, cacheDirectory),
    })),
  );
}

/** A line of `weir models list`. */
export function describeReferenceModel(model: ListedReferenceModel): string {
  const size = `${(model.parameters / 1e6).toFixed(1)} M parameters, ${(model.weightBytes / 1e6).toFixed(0)} MB`;
  const shape =
    model.kind === "chat"
      ? `chat, ${model.contextTokens} tokens`
      : `${model.dimensions} dimensions, ${model.maxTokens} tokens`;
  const state = model.built ? "built" : "not built";
  return `${model.name.padEnd(24)} ${size.padEnd(32)} ${shape.padEnd(30)} ${state}`;
}
