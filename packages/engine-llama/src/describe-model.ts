import type { ChatModelInfo } from "@weir/engine";
import type { LoadedLlama } from "./llama/load-llama.ts";
import { describePrecision, kvTokenBytes, readFact, readTextFact } from "./llama/model-info.ts";
import type { Vocabulary } from "./llama/vocabulary.ts";
import { referenceKey } from "./reference/chat-metadata.ts";

export function describeModel(
  loaded: LoadedLlama,
  vocabulary: Vocabulary,
  toolFormat: string,
): ChatModelInfo {
  const { facts, contextTokens, sequences, kvType, runtime, native } = loaded;
  return {
    contextTokens,
    sequences,
    kvCapacityTokens: contextTokens * sequences,
    kvType,
    kvBytes: kvTokenBytes(facts, kvType) * contextTokens * sequences,
    vocabularySize: vocabulary.size,
    device: runtime.device,
    precision: describePrecision(facts),
    reference: readFact(facts, referenceKey) === true,
    weightBytes: loaded.weightBytes,
    architecture: readTextFact(facts, "general.architecture") ?? "unknown",
    parameters: native.model.getTotalParameters(),
    toolFormat,
  };
}
