import { basename } from "node:path";
import type { ChatModelSpec, KvType } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { LlamaContext, LlamaModel } from "node-llama-cpp";
import { checkChatModel, type ChatModelFile } from "../gguf/check-chat-model.ts";
import { toNative, type Native } from "./addon.ts";
import { loadLlamaRuntime, type LlamaRuntime } from "./llama-runtime.ts";
import type { GgufFacts } from "./gguf-facts.ts";

/** Where long prompts are cut into batches: large enough to be read fast, small enough to stop soon. */
const chunkTokens = 256;

/** Longest conversation where nobody says, as the cache of keys and values is made in advance. */
const mostDefaultContextTokens = 8192;

export interface LoadedLlama extends AsyncDisposable {
  readonly runtime: LlamaRuntime;
  readonly model: LlamaModel;
  readonly native: Native;
  readonly facts: GgufFacts;
  readonly threads: number;
  readonly contextTokens: number;
  readonly sequences: number;
  readonly kvType: KvType;
  /** Most tokens of a prompt that are read at once; also where prompts are cut. */
  readonly chunkTokens: number;
  readonly file: ChatModelFile;
}

/** A second model that is loaded beside another. */
export interface LoadedDraft extends AsyncDisposable {
  readonly native: Native;
}

/** Loads a .gguf file with a context for its sequences. Throws MODEL_INVALID, DEVICE_UNAVAILABLE, USAGE and CANCELLED. */
export async function loadLlama(spec: ChatModelSpec, signal: AbortSignal): Promise<LoadedLlama> {
  const file = await checkChatModel(spec.path);
  const runtime = await loadLlamaRuntime(spec.device ?? "auto");
  throwIfAborted(signal);
  const model = await loadModel(runtime.llama, spec.path, signal);
  try {
    const facts: GgufFacts = { ...model.fileInfo.metadata };
    const contextTokens = resolveContextTokens(spec, file);
    const sequences = spec.sequences ?? 4;
    const kvType = spec.kvType ?? "f16";
    const threads = spec.threads ?? runtime.llama.cpuMathCores;
    const terms = { threads, contextTokens, sequences, kvType };
    const context = await createContext(model, { ...terms, path: spec.path }, signal);
    return {
      ...terms,
      runtime,
      model,
      native: toNative(runtime.llama, model, context),
      facts,
      chunkTokens,
      file,
      [Symbol.asyncDispose]: async () => {
        await context.dispose();
        await model.dispose();
      },
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

/** Loads a small model that guesses for `main`, with as many sequences. Throws MODEL_INVALID, USAGE and CANCELLED. */
export async function loadDraftModel(
  path: string,
  main: LoadedLlama,
  signal: AbortSignal,
): Promise<LoadedDraft> {
  const { runtime } = main;
  await checkChatModel(path);
  const model = await loadModel(runtime.llama, path, signal);
  try {
    const context = await createContext(model, { ...main, path }, signal);
    return {
      native: toNative(runtime.llama, model, context),
      [Symbol.asyncDispose]: async () => {
        await context.dispose();
        await model.dispose();
      },
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
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
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError(
      "MODEL_INVALID",
      `${path}: expected a model that llama.cpp can load, got one that it refuses (${reason}).`,
      { cause: error },
    );
  }
}

function resolveContextTokens(spec: ChatModelSpec, file: ChatModelFile): number {
  const trained = file.contextTokens ?? mostDefaultContextTokens;
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

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new WeirError("CANCELLED", "the model is no longer wanted");
}
