import type { NativeSampler, SamplerConfig } from "../llama/addon.ts";

/** Samplers for one answer each, used again by later ones. */
export interface SamplerPool extends Disposable {
  /** One that has chosen nothing yet, as far as its answer can tell. Throws what llama.cpp has against the configuration. */
  take(config: SamplerConfig): NativeSampler;
  /** Gives one back that nothing uses any more; it is closed where enough are kept, and after the pool. */
  release(sampler: NativeSampler): void;
}

/**
 * Without a grammar and a bias. Its dice are made anew only for another seed than the one before, so two follow each other:
 * whatever seed comes next, its dice have not been thrown.
 */
const forgetting: readonly SamplerConfig[] = [
  { temperature: 0, seed: 0 },
  { temperature: 0, seed: 1 },
];

/**
 * A sampler keeps room for every token of the vocabulary, which has to be got from the system anew for each one that is made:
 * 0.1 to 0.3 ms of an answer's first token with 49,152 of them.
 */
export function createSamplerPool(create: () => NativeSampler, mostKept: number): SamplerPool {
  const idle: NativeSampler[] = [];
  let most = mostKept;

  function apply(sampler: NativeSampler, config: SamplerConfig): void {
    try {
      sampler.applyConfig(config);
    } catch (error) {
      sampler.dispose();
      throw error;
    }
  }

  return {
    take: (config) => {
      const sampler = idle.pop() ?? create();
      apply(sampler, config);
      return sampler;
    },
    release: (sampler) => {
      if (idle.length >= most) {
        sampler.dispose();
        return;
      }
      for (const config of forgetting) apply(sampler, config);
      idle.push(sampler);
    },
    [Symbol.dispose]: () => {
      most = 0;
      for (const sampler of idle.splice(0)) sampler.dispose();
    },
  };
}
