import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { ChatModelSpec, KvType } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { LlamaContext, LlamaModel } from "node-llama-cpp";
import { toNative, type Native } from "./addon.ts";
import { loadLlamaRuntime, type LlamaRuntime } from "./llama-runtime.ts";
import { readNumberFact, readTextFact, type GgufFacts } from "./model-info.ts";

/** Where long prompts are cut into batches: large enough to be read fast, small enough to stop soon. */
export const chunkTokens = 256;

/** Longest conversation where nobody says, as the cache of keys and values is made in advance. */
const mostDefaultContextTokens = 8192;

export interface LoadedLlama extends AsyncDisposable {
  readonly runtime: LlamaRuntime;
  readonly model: LlamaModel;
  readonly native: Native;
  readonly facts: GgufFacts;
  readonly contextTokens: number;
  readonly sequences: number;
  readonly kvType: KvType;
  readonly weightBytes: number;
}

/** Loads a .gguf file with a context for its sequences. Throws MODEL_INVALID, DEVICE_UNAVAILABLE, USAGE and CANCELLED. */
export async function loadLlama(spec: ChatModelSpec, signal: AbortSignal): Promise<LoadedLlama> {
  const weightBytes = await sizeOf(spec.path);
  const runtime = await loadLlamaRuntime(spec.device ?? "auto", spec.threads);
  const { llama } = runtime;
  try {
    throwIfAborted(signal);
    const model = await loadModel(llama, spec.path, signal);
    const facts: GgufFacts = { ...model.fileInfo.metadata };
    const contextTokens = resolveContextTokens(spec, facts);
    const sequences = spec.sequences ?? 4;
    const kvType = spec.kvType ?? "f16";
    const context = await createContext(
      model,
      { ...runtime, contextTokens, sequences, kvType, path: spec.path },
      signal,
    );
    return {
      runtime,
      model,
      native: toNative(llama, model, context),
      facts,
      contextTokens,
      sequences,
      kvType,
      weightBytes,
      [Symbol.asyncDispose]: async () => {
        await context.dispose();
        await model.dispose();
        await llama.dispose();
      },
    };
  } catch (error) {
    await llama.dispose();
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((error: unknown) => {
    throw invalid(path, "it cannot be read", error);
  });
  if (!found.isFile()) throw invalid(path, "it is no file", undefined);
  return found.size;
}

async function loadModel(
  llama: LlamaRuntime["llama"],
  path: string,
  signal: AbortSignal,
): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath: path, loadSignal: signal });
  } catch (error) {
    throwIfAborted(signal);
    throw invalid(path, "llama.cpp cannot load it", error);
  }
}

function resolveContextTokens(spec: ChatModelSpec, facts: GgufFacts): number {
  const architecture = readTextFact(facts, "general.architecture") ?? "";
  const trained = readNumberFact(facts, `${architecture}.context_length`) ?? mostDefaultContextTokens;
  if (spec.contextTokens === undefined) return Math.min(trained, mostDefaultContextTokens);
  if (spec.contextTokens <= trained) return spec.contextTokens;
  throw new WeirError(
    "USAGE",
    `expected a context of at most ${trained} tokens, which ${basename(spec.path)} was made for, got ${spec.contextTokens}.`,
  );
}

interface ContextTerms {
  readonly threads: number;
  readonly contextTokens: number;
  readonly sequences: number;
  readonly kvType: KvType;
  readonly path: string;
}

const ggmlNames = { f16: "F16", q8_0: "Q8_0", q4_0: "Q4_0" } as const;

async function createContext(
  model: LlamaModel,
  terms: ContextTerms,
  signal: AbortSignal,
): Promise<LlamaContext> {
  const { threads, contextTokens, sequences, kvType, path } = terms;
  try {
    return await model.createContext({
      sequences,
      contextSize: contextTokens,
      batchSize: chunkTokens,
      threads: { ideal: threads, min: threads },
      // Values can be quantised with it alone.
      flashAttention: true,
      experimentalKvCacheKeyType: ggmlNames[kvType],
      experimentalKvCacheValueType: ggmlNames[kvType],
      // A sliding window forgets what a later turn goes back to.
      swaFullCache: true,
      failedCreationRemedy: false,
      createSignal: signal,
    });
  } catch (error) {
    throwIfAborted(signal);
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError(
      "USAGE",
      `${basename(path)} gets no context of ${sequences} times ${contextTokens} tokens in ${kvType} (${reason}). ` +
        "Give it a smaller --context, a smaller --parallel or another --kv-type.",
      { cause: error },
    );
  }
}

function invalid(path: string, what: string, cause: unknown): WeirError {
  const reason = cause instanceof Error ? ` (${cause.message.split("\n", 1)[0] ?? ""})` : "";
  return new WeirError("MODEL_INVALID", `expected ${path} to be a .gguf model, but ${what}${reason}.`, {
    cause,
  });
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new WeirError("CANCELLED", "the model is no longer wanted");
}
