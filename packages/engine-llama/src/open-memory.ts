import type { ChatModelSpec } from "@weir/engine";
import type { LlamaSlot } from "./generate/sequence-slots.ts";
import type { LoadedLlama } from "./llama/load-llama.ts";
import { createConversationMemory, type ConversationMemory } from "./memory/conversation-memory.ts";
import { createFingerprint, hashModelFile } from "./memory/fingerprint.ts";
import { watchMemoryPressure } from "./memory/memory-pressure.ts";

export interface OpenedMemory extends AsyncDisposable {
  readonly memory: ConversationMemory<LlamaSlot>;
}

/** The memory of a loaded model's conversations, within its budgets. Throws CACHE_UNUSABLE. */
export async function openMemory(
  spec: ChatModelSpec,
  loaded: LoadedLlama,
  slots: readonly LlamaSlot[],
): Promise<OpenedMemory> {
  const { directory, diskBytes = 0, ramBytes } = spec.memory ?? {};
  const memory = await createConversationMemory({
    slots,
    poolCapacityTokens: loaded.contextTokens * slots.length,
    ...(directory === undefined
      ? {}
      : { states: { directory, diskBytes, fingerprint: await fingerprintOf(spec.path, loaded) } }),
  });
  const pressure = watchMemoryPressure({
    sequences: slots.length,
    kvBytes: loaded.kvBytes,
    ramBytes,
    onLimit: (count) => memory.setHotLimit(count),
  });
  return {
    memory,
    [Symbol.asyncDispose]: async () => {
      pressure[Symbol.dispose]();
      await memory[Symbol.asyncDispose]();
    },
  };
}

async function fingerprintOf(
  path: string,
  { file, contextTokens, kvType, runtime }: LoadedLlama,
): Promise<string> {
  return createFingerprint({
    modelHash: await hashModelFile(path),
    precision: file.precision,
    contextTokens,
    kvType,
    engineVersion: runtime.version,
  });
}
