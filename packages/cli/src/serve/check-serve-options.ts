import { toWeirError, WeirError } from "@weir/protocol";
import { findStartProblems, isRemoteUrl, throwProblems } from "@weir/server";
import { loadConfig, type LoadedConfig } from "../config/load-config.ts";
import { checkChatModel, isChatSource } from "../models/locate-chat-model.ts";
import { checkModel } from "../models/locate-model.ts";
import type { ModelArgument } from "../models/model-argument.ts";
import { readServeOptions, type ResolvedServeOptions, type ServeFlags } from "./resolve-serve-options.ts";
import { findChatProblems } from "./find-chat-problems.ts";
import { describeStrays } from "./describe-strays.ts";
import { toCacheOptions } from "./start-serving.ts";

/** What `weir serve` was told, wherever it was. */
export interface ServeCall {
  readonly flags: ServeFlags;
  /** What was written on the command line and is no option. */
  readonly strays: readonly string[];
  readonly configPath: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads everything and checks it as far as that goes without loading a model or listening. Throws everything that is wrong
 * in one error, so that nobody has to mend one thing to be told of the next.
 */
export async function checkServeOptions({ flags, strays, configPath, env }: ServeCall): Promise<{
  readonly options: ResolvedServeOptions;
  readonly config: LoadedConfig | undefined;
}> {
  const found: WeirError[] = describeStrays(strays).map((problem) => new WeirError("USAGE", problem));
  let unread = false;
  const config = await loadConfig(configPath ?? (env["WEIR_CONFIG"] || undefined), "serve").catch(
    (error: unknown) => {
      found.push(toKnown(error));
      unread = true;
      return undefined;
    },
  );
  const { options, problems } = readServeOptions(flags, { env, config, unread });
  for (const problem of [...(config?.problems ?? []), ...problems])
    found.push(new WeirError("USAGE", problem));
  const { models, server } = options;
  const cache = toCacheOptions(options.cache, env);
  throwProblems([
    ...found,
    ...(await findModelProblems(models, env)),
    ...(models.some(({ source }) => isChatSource(source)) ? await findChatProblems(options.chat) : []),
    ...(await findStartProblems({
      ...server,
      models: models.map((model) => (isChatSource(model.source) ? { ...model, chat: model.source } : model)),
      ...(cache === undefined ? {} : { cache }),
      ...(options.chat.answers === undefined ? {} : { answerCache: options.chat.answers }),
    })),
  ]);
  return { options, config };
}

async function findModelProblems(
  models: readonly ModelArgument[],
  env: ServeCall["env"],
): Promise<readonly WeirError[]> {
  // What has no source has been complained of; a model on another server is that server's to check.
  const own = models.filter(({ source }) => source !== "" && !isRemoteUrl(source));
  const checks = own.map((model) =>
    isChatSource(model.source) ? checkChatModel(model.source) : checkModel(model, { env }),
  );
  const problems = new Map<string, WeirError>();
  for (const outcome of await Promise.allSettled(checks)) {
    if (outcome.status === "fulfilled") continue;
    const problem = toKnown(outcome.reason);
    // An engine that is not installed is one problem, however many models need it.
    problems.set(problem.message, problem);
  }
  return [...problems.values()];
}

function toKnown(error: unknown): WeirError {
  const known = toWeirError(error);
  if (known.code === "INTERNAL") throw error;
  return known;
}
