import type { AgentRecord, ChatAgent, ChatMemoryStats } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { SequenceSlot } from "./generate/sequence-slots.ts";

export function createPlainMemory(slots: readonly SequenceSlot[]) {
  const free = new Set(slots);
  const waiting: { rank: number; go: () => void }[] = [];
  const retry = (): void => {
    waiting.sort((a, b) => a.rank - b.rank);
    waiting.shift()?.go();
  };
  return {
    stats: {} as ChatMemoryStats,
    listAgents: (_keyId?: string): readonly AgentRecord[] => [],
    saveAgent: async (_keyId: string, _id: string): Promise<AgentRecord | undefined> => undefined,
    deleteAgent: async (_keyId: string, _id: string): Promise<boolean> => false,
    persist: async (_signal: AbortSignal): Promise<void> => {},
    async acquire(request: { agent: ChatAgent; prompt: Uint32Array; rank: number }, signal: AbortSignal) {
      const startedAtMs = performance.now();
      while (free.size === 0) {
        await new Promise<void>((resolve) => {
          const entry = { rank: request.rank, go: resolve };
          waiting.push(entry);
          signal.addEventListener(
            "abort",
            () => {
              const at = waiting.indexOf(entry);
              if (at >= 0) waiting.splice(at, 1);
              resolve();
            },
            { once: true },
          );
        });
        if (signal.aborted) throw new WeirError("CANCELLED", "the answer is no longer wanted");
      }
      let best: SequenceSlot | undefined;
      let bestCommon = -1;
      for (const slot of free) {
        let common = 0;
        while (common < request.prompt.length - 1 && slot.tokens[common] === request.prompt[common])
          common += 1;
        if (common > bestCommon) [best, bestCommon] = [slot, common];
      }
      if (best === undefined) throw new Error("no slot");
      const slot = best;
      free.delete(slot);
      await slot.trim(bestCommon);
      return {
        slot,
        reusedTokens: slot.tokens.length,
        reuse: slot.tokens.length > 0 ? ("hot" as const) : ("none" as const),
        waitMs: performance.now() - startedAtMs,
        restoreMs: 0,
        divergedAt: undefined as number | undefined,
        release: (_: { intact: boolean; turn: boolean }): void => {
          free.add(slot);
          retry();
        },
      };
    },
  };
}
