import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";

/** One sequence of llama.cpp that is given batch after batch, exactly as they are. */
export interface ReplayContext {
  clear(): void;
  /** Appends a batch and keeps its first `keep` tokens. Gives the choice of what comes next. */
  compute(batch: Uint32Array, keep: number): Promise<(other?: number) => Promise<Choice>>;
}

interface Choice {
  readonly token: number;
  /** How far below it the other token is. NaN where there is no other. */
  readonly marginLogits: number;
}

/** node-llama-cpp's native module, whose batches are what one gives it. */
interface Native {
  initBatch(tokens: number): void;
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logitsOf: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  disposeSequence(sequence: number): void;
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  sampleToken(
    logits: number,
    sampler: object,
    probabilities: false,
    confidence: false,
    wanted: readonly [tokens: readonly number[], max: boolean, min: boolean, selected: boolean, top: number],
  ): Promise<readonly [token: number, unknown, unknown, logits: readonly number[] | undefined]>;
}

export function createReplayContext(llama: Llama, model: LlamaModel, context: LlamaContext): ReplayContext {
  const native = Reflect.get(context, "_ctx") as Native;
  const { AddonSampler } = Reflect.get(llama, "_bindings") as {
    readonly AddonSampler: new (model: object) => { applyConfig(config: object): void };
  };
  const sampler = new AddonSampler(Reflect.get(model, "_model") as object);
  sampler.applyConfig({ temperature: 0, seed: 0 });
  let length = 0;
  return {
    clear() {
      native.disposeSequence(0);
      length = 0;
    },
    async compute(batch, keep) {
      native.initBatch(batch.length);
      const [at] = native.addToBatch(0, length, batch, Uint32Array.of(batch.length - 1));
      await native.decodeBatch();
      length += keep;
      if (keep < batch.length && !native.removeTokenCellsFromSequence(0, length, -1))
        throw new Error("this model cannot forget a part of what it read");
      return async (other) => {
        const tokens = other === undefined ? [] : [other];
        const [token, , , listed] = await native.sampleToken(at!, sampler, false, false, [
          tokens,
          ...([true, false, true, 0] as const),
        ]);
        const logits = toLogits(listed ?? []);
        const chosen = logits.get(token) ?? Number.NaN;
        return { token, marginLogits: chosen - (logits.get(other ?? -1) ?? Number.NaN) };
      };
    },
  };
}

/** Tokens and their logits in turns. */
function toLogits(listed: readonly number[]): Map<number, number> {
  const logits = new Map<number, number>();
  for (let at = 0; at + 1 < listed.length; at += 2) logits.set(listed[at]!, listed[at + 1]!);
  return logits;
}
