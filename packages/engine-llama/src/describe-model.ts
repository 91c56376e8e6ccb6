import type { ChatModelInfo } from "@weir/engine";
import type { LoadedLlama } from "./llama/load-llama.ts";
import type { Vocabulary } from "./llama/vocabulary.ts";

export function describeModel(
  loaded: LoadedLlama,
  vocabulary: Vocabulary,
  toolFormat: string,
): ChatModelInfo {
  const { kvBytes, file, contextTokens, sequences, kvType, runtime } = loaded;
  return {
    contextTokens,
    sequences,
    kvCapacityTokens: contextTokens * sequences,
    kvType,
    kvBytes,
    vocabularySize: vocabulary.size,
    device: runtime.device,
    precision: file.precision,
    reference: file.reference,
    weightBytes: file.bytes,
    architecture: file.architecture,
    parameters: file.parameters,
    toolFormat,
  };
}
