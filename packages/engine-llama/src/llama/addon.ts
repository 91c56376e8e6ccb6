import { WeirError } from "@weir/protocol";
import type { LlamaContext, LlamaModel } from "node-llama-cpp";

/**
 * The native module below node-llama-cpp's classes. Its sequences decide themselves how a prompt is cut into batches, and
 * answer through one generator per token; the memory of conversations needs the first fixed, and throughput suffers by the
 * second. The package is pinned to one version, and it is checked that all of this is there.
 */
export interface NativeContext {
  /** Empties the batch and gives it room for so many tokens. */
  initBatch(tokens: number): void;
  /** `logitsOf` are indexes into `tokens`. Returns where the batch has their logits. */
  addToBatch(
    sequence: number,
    firstPosition: number,
    tokens: Uint32Array,
    logitsOf: Uint32Array,
  ): Uint32Array;
  /** Computes on threads of its own. Nothing else may be called meanwhile. */
  decodeBatch(): Promise<void>;
  /** How many threads compute from the next batch on. */
  setThreads(threads: number): void;
  /** -1 where the sampler left nothing to choose from. May be called for several samplers at once. */
  sampleToken(logits: number, sampler: NativeSampler): Promise<number>;
  disposeSequence(sequence: number): void;
  /** Returns false where the model cannot forget a part of what it read. `end` -1 is the end. */
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  saveSequenceStateToFile(path: string, sequence: number, tokens: Uint32Array): Promise<number>;
  loadSequenceStateFromFile(path: string, sequence: number, mostTokens: number): Promise<Uint32Array>;
  /** Throws where the other model's tokens are not the same. */
  ensureDraftContextIsCompatibleForSpeculative(draft: NativeContext): void;
}

export interface NativeModel {
  tokenize(text: string, specialTokens: boolean): Uint32Array;
  detokenize(tokens: Uint32Array, specialTokens: boolean): string;
  getTokenString(token: number): string;
  getTokenAttributes(token: number): number;
  isEogToken(token: number): boolean;
  /** -1 where the model has none. */
  tokenBos(): number;
  tokenEos(): number;
  shouldPrependBosToken(): boolean;
}

export interface NativeSampler {
  applyConfig(config: SamplerConfig): void;
  dispose(): void;
}

/** What is left out is not applied. A temperature of 0 takes the likeliest token. */
export interface SamplerConfig {
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly seed: number;
  readonly tokenBiasKeys?: Uint32Array;
  readonly tokenBiasValues?: Float32Array;
  readonly grammarEvaluationState?: object;
}

interface NativeBindings {
  readonly AddonSampler: new (model: NativeModel) => NativeSampler;
  readonly AddonGrammar: new (
    gbnf: string,
    options: { readonly addonExports: NativeBindings; readonly rootRuleName: string },
  ) => object;
  readonly AddonGrammarEvaluationState: new (model: NativeModel, grammar: object) => object;
  getIsArchRecurrent(architecture: string): boolean | undefined;
  getIsArchHybrid(architecture: string): boolean | undefined;
}

/** What a native module has beside models and contexts. */
export interface NativeParts {
  createSampler(model: NativeModel): NativeSampler;
  /** Where an answer is in a grammar, for one answer. Throws where the grammar is none. */
  createGrammarState(model: NativeModel, gbnf: string): object;
  /** Whether models of an architecture keep a running state, of which no part can be taken back. */
  keepsRunningState(architecture: string): boolean;
}

/** A loaded model with its context, below node-llama-cpp's classes. */
export interface Native {
  readonly model: NativeModel;
  readonly context: NativeContext;
  createSampler(): NativeSampler;
  /** Where an answer is in a grammar, for one answer. Throws INVALID_REQUEST where llama.cpp refuses it. */
  createGrammarState(gbnf: string): object;
}

/** Throws ENGINE_MISSING where it is another version's. */
export function toParts(bindings: unknown): NativeParts {
  const known = check<NativeBindings>(bindings, [
    "AddonSampler",
    "AddonGrammar",
    "AddonGrammarEvaluationState",
    "getIsArchRecurrent",
    "getIsArchHybrid",
  ]);
  return {
    createSampler: (model) => new known.AddonSampler(model),
    createGrammarState: (model, gbnf) => {
      let grammar: object;
      try {
        grammar = new known.AddonGrammar(gbnf, { addonExports: known, rootRuleName: "root" });
      } catch (cause) {
        throw new WeirError(
          "INVALID_REQUEST",
          "expected schemas whose grammar llama.cpp takes, got one that it refuses. Leave out parts of them, or shorten their bounds and lists.",
          { cause },
        );
      }
      return new known.AddonGrammarEvaluationState(model, grammar);
    },
    keepsRunningState: (architecture) =>
      known.getIsArchRecurrent(architecture) === true || known.getIsArchHybrid(architecture) === true,
  };
}

export function toNativeModel(model: LlamaModel): NativeModel {
  return check<NativeModel>(Reflect.get(model, "_model"), modelFunctions);
}

export function toNativeContext(context: LlamaContext): NativeContext {
  return check<NativeContext>(Reflect.get(context, "_ctx"), contextFunctions);
}

/** Throws ENGINE_MISSING where a model or a context that the native module made is another version's. */
export function checkNative(model: NativeModel, context: NativeContext): void {
  check<NativeModel>(model, modelFunctions);
  check<NativeContext>(context, contextFunctions);
}

const modelFunctions = [
  "tokenize",
  "getTokenString",
  "isEogToken",
  "tokenBos",
  "shouldPrependBosToken",
] as const;

const contextFunctions = [
  "initBatch",
  "addToBatch",
  "decodeBatch",
  "sampleToken",
  "removeTokenCellsFromSequence",
  "setThreads",
] as const;

function check<T>(found: unknown, functions: readonly (keyof T & string)[]): T {
  const isWhole =
    typeof found === "object" &&
    found !== null &&
    functions.every((each) => typeof Reflect.get(found, each) === "function");
  if (isWhole) return found as T;
  throw new WeirError(
    "ENGINE_MISSING",
    `expected node-llama-cpp 3.22.1, got another version, whose native module is different. Install the version that @weir/engine-llama depends on.`,
  );
}
