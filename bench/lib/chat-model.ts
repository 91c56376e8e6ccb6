import { homedir } from "node:os";
import { join } from "node:path";
import { isReferenceChatModelName, resolveReferenceChatModel } from "@weir/engine-llama";
import { endWithMessage } from "./end-with-message.ts";
import { showProgress } from "./progress.ts";

/** The file of a chat model: a path of a .gguf, or the name of a reference model, which is built on first use. */
export async function resolveBenchChatModel(model: string): Promise<string> {
  if (model.endsWith(".gguf")) return model;
  if (!isReferenceChatModelName(model))
    return endWithMessage(`--model: expected a .gguf file or a reference chat model, got "${model}"`);
  const cacheDirectory = join(process.env["WEIR_CACHE_DIR"] ?? join(homedir(), ".cache", "weir"), "models");
  showProgress(`${model}: built where it is not there yet`);
  return (await resolveReferenceChatModel(model, { cacheDirectory })).path;
}
