import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ChatModelSpec } from "@weir/engine";
import type { ServedChat } from "@weir/server";
import type { CommandContext } from "../command-context.ts";
import { chatEnginePackage, locateEngine } from "../engine-packages.ts";
import { locateChatModel } from "../models/locate-chat-model.ts";
import type { ModelArgument } from "../models/model-argument.ts";
import { resolveCacheDirectory } from "../platform/cache-directory.ts";
import type { ResolvedServeOptions } from "./resolve-serve-options.ts";

type ChatServeOptions = Pick<ResolvedServeOptions, "chat" | "threads" | "device" | "recycle">;

/** Finds or builds a chat model, and says how it is to run. */
export async function locateChat(
  { name, source }: ModelArgument,
  { chat, threads, device, recycle }: ChatServeOptions,
  context: CommandContext,
): Promise<Omit<ServedChat, "name">> {
  const engineModule = locateEngine(chatEnginePackage);
  const path = await locateChatModel(source, context);
  const { speculate, kv } = chat;
  // Each model has a budget of its own, and so a folder of its own.
  const directory = join(
    resolve(kv.directory ?? join(resolveCacheDirectory(context.env), "conversations")),
    encodeURIComponent(name),
  );
  const spec: ChatModelSpec = {
    path,
    device,
    sequences: chat.sequences,
    kvType: kv.type,
    ...(threads === "auto" ? {} : { threads }),
    ...(chat.contextTokens === undefined ? {} : { contextTokens: chat.contextTokens }),
    ...(chat.template === undefined ? {} : { chatTemplate: toTemplate(chat.template) }),
    ...(speculate === undefined
      ? {}
      : { speculate: speculate === "lookup" ? speculate : await locateChatModel(speculate, context) }),
    memory: {
      diskBytes: kv.diskBytes,
      ...(kv.diskBytes === 0 ? {} : { directory }),
      ...(kv.ramBytes === undefined ? {} : { ramBytes: kv.ramBytes }),
      ...(chat.prewarm === undefined ? {} : { prewarm: resolve(chat.prewarm) }),
    },
  };
  // Its process is replaced for what it leaks alone: another one would have to read the conversations again.
  const { rssBytes } = recycle;
  return {
    chat: { engineModule, spec },
    ...(rssBytes === undefined ? {} : { recycle: { rssBytes } }),
  };
}

/** A family's name stays as it is. */
function toTemplate(template: string): string {
  return existsSync(template) ? resolve(template) : template;
}
