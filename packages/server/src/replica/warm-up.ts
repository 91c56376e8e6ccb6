import type { EmbeddingModelInfo } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { toSampleRequest } from "./plain-request.ts";
import type { ReplicaJobs } from "./replica-jobs.ts";

const sentence = "the river rises in spring and the weir holds what comes over the stones above the mill";

/** One short text and some longer ones: every part between the link and the engine has worked once. */
const texts: readonly string[] = ["a", ...Array.from({ length: 7 }, (_, index) => `${index} ${sentence}`)];

/**
 * Computes once, through everything that a request goes through: the first request finds code compiled and memory in
 * place, and a model that loads but does not compute is known before anybody is sent to it. Throws MODEL_INVALID then.
 */
export async function warmUpReplica(
  jobs: ReplicaJobs,
  info: EmbeddingModelInfo,
  signal: AbortSignal,
): Promise<void> {
  const request = toSampleRequest(texts, info.labels !== undefined);
  try {
    await jobs.embed(request, info, signal);
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== "ENGINE_FAILED") throw error;
    const message = `the model loads but does not compute: ${error.message}`;
    throw new WeirError("MODEL_INVALID", message, { cause: error });
  }
}
