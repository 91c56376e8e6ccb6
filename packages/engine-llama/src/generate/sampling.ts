import type { ChatRequest } from "@weir/protocol";
import type { SamplerConfig } from "../llama/addon.ts";
import { readNumberFact, readTextFact, type GgufFacts } from "../llama/gguf-facts.ts";

/** How tokens are chosen where a request does not say. */
export interface SamplingDefaults {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
}

/** What makers of models recommend, by the architecture their files name. The file's own general.sampling beats it. */
const familyDefaults: readonly (readonly [RegExp, Partial<SamplingDefaults>])[] = [
  [/^gemma/, { temperature: 1, topK: 64, topP: 0.95 }],
  [/^qwen/, { temperature: 0.7, topK: 20, topP: 0.8 }],
  [/^(llama|llama4)$/, { temperature: 0.6, topP: 0.9 }],
  [/^gpt-oss$/, { temperature: 1, topK: 0, topP: 1 }],
];

// llama.cpp's own, common/common.h
const generalDefaults: SamplingDefaults = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 };

export function resolveSamplingDefaults(facts: GgufFacts): SamplingDefaults {
  const architecture = readTextFact(facts, "general.architecture") ?? "";
  const family = familyDefaults.find(([pattern]) => pattern.test(architecture))?.[1] ?? {};
  const recommended = (key: string): number | undefined => {
    const value = readNumberFact(facts, `general.sampling.${key}`);
    return value !== undefined && value >= 0 ? value : undefined;
  };
  const known = { ...generalDefaults, ...family };
  return {
    temperature: recommended("temp") ?? known.temperature,
    topK: recommended("top_k") ?? known.topK,
    topP: recommended("top_p") ?? known.topP,
    minP: recommended("min_p") ?? known.minP,
  };
}

export interface SamplerParts {
  /** Used where the request has none. Whole number in [0, 2^32). */
  readonly seed: number;
  /** Tokens that never come, whatever the model thinks. */
  readonly banned: readonly number[];
  readonly grammarState: object | undefined;
}

export function toSamplerConfig(
  request: Pick<ChatRequest, "temperature" | "topP" | "topK" | "seed">,
  defaults: SamplingDefaults,
  { seed, banned, grammarState }: SamplerParts,
): SamplerConfig {
  const topK = request.topK ?? defaults.topK;
  const topP = request.topP ?? defaults.topP;
  return {
    temperature: request.temperature ?? defaults.temperature,
    // Left out, as llama.cpp would sort the whole vocabulary for them.
    ...(topK > 0 ? { topK } : {}),
    ...(topP < 1 ? { topP } : {}),
    ...(defaults.minP > 0 ? { minP: defaults.minP } : {}),
    seed: toSeed(request.seed ?? seed),
    ...(banned.length === 0
      ? {}
      : {
          tokenBiasKeys: Uint32Array.from(banned),
          tokenBiasValues: new Float32Array(banned.length).fill(Number.NEGATIVE_INFINITY),
        }),
    ...(grammarState === undefined ? {} : { grammarEvaluationState: grammarState }),
  };
}

/** To llama.cpp this one means that nobody chose. */
const chosenByNobody = 0xff_ff_ff_ff;

/** -1 stays what it is to llama.cpp and Ollama: another answer every time. */
function toSeed(seed: number): number {
  const bits = seed >>> 0;
  return bits === chosenByNobody && seed !== -1 ? bits - 1 : bits;
}
