import { basename } from "node:path";
import type { ChatModelSpec, KvType } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { toChatModelFile, type ChatModelFile } from "../gguf/check-chat-model.ts";
import { readGgufHead } from "../gguf/read-gguf-head.ts";
import type { Native, NativeContext } from "./addon.ts";
import type { ContextTerms, LlamaContextOwner } from "./context-terms.ts";
import { watchFreeCores } from "./free-cores.ts";
import { kvTokenBytes, toFacts, type GgufFacts } from "./gguf-facts.ts";
import { loadLlamaRuntime, type LlamaModelOwner, type LlamaRuntime } from "./llama-runtime.ts";

/** Where long prompts are cut into batches: large enough to be read fast, small enough to stop soon. */
const chunkTokens = 256;

/** Longest conversation where nobody says, as the cache of keys and values is made in advance. */
const mostDefaultContextTokens = 8192;

export interface LoadedLlama extends AsyncDisposable {
  readonly runtime: LlamaRuntime;
  readonly native: Native;
  readonly facts: GgufFacts;
  /** To begin with: not more than there were free cores while the model was loaded. */
  readonly threads: number;
  readonly mostThreads: number;
  /** Whether somebody named their number, so that it stays. */
  readonly fixedThreads: boolean;
  /** Contexts that compute on them: of the model itself, and of one that guesses for it. */
  readonly contexts: Set<NativeContext>;
  readonly contextTokens: number;
  readonly sequences: number;
  readonly kvType: KvType;
  /** Memory that the keys and values take. */
  readonly kvBytes: number;
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
  const { path } = spec;
  const freeCores = watchFreeCores();
  const head = await readGgufHead(path);
  const file = toChatModelFile(path, head);
  const runtime = await loadLlamaRuntime(spec.device ?? "auto");
  throwIfAborted(signal);
  const model = await loadModel(runtime, path, signal);
  try {
    const facts = toFacts(head);
    const contextTokens = resolveContextTokens(spec, file);
    const sequences = spec.sequences ?? 4;
    const kvType = spec.kvType ?? "f16";
    const mostThreads = spec.threads ?? runtime.mathCores;
    const kvBytes = kvTokenBytes(facts, kvType) * contextTokens * sequences;
    const terms = { contextTokens, sequences, kvType, kvBytes, chunkTokens };
    const context = await createContext(model, { ...terms, threads: mostThreads }, path, signal);
    const fixedThreads = spec.threads !== undefined || runtime.device !== "cpu";
    const threads = fixedThreads
      ? mostThreads
      : Math.max(1, Math.min(mostThreads, Math.round(freeCores() ?? mostThreads)));
    context.native.setThreads(threads);
    return {
      ...terms,
      threads,
      mostThreads,
      fixedThreads,
      contexts: new Set([context.native]),
      runtime,
      native: toNative(runtime, model, context),
      facts,
      file,
      [Symbol.asyncDispose]: async () => {
        await context[Symbol.asyncDispose]();
        await model[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

/** Loads a small model that guesses for `main`, with as many sequences. Throws MODEL_INVALID, USAGE and CANCELLED. */
export async function loadDraftModel(
  path: string,
  main: LoadedLlama,
  signal: AbortSignal,
): Promise<LoadedDraft> {
  const { runtime, contextTokens, sequences, kvType } = main;
  const head = await readGgufHead(path);
  toChatModelFile(path, head);
  const model = await loadModel(runtime, path, signal);
  try {
    const kvBytes = kvTokenBytes(toFacts(head), kvType) * contextTokens * sequences;
    const context = await createContext(model, { ...main, kvBytes }, path, signal);
    main.contexts.add(context.native);
    return {
      native: toNative(runtime, model, context),
      [Symbol.asyncDispose]: async () => {
        main.contexts.delete(context.native);
        await context[Symbol.asyncDispose]();
        await model[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

async function loadModel(runtime: LlamaRuntime, path: string, signal: AbortSignal): Promise<LlamaModelOwner> {
  try {
    const model = await runtime.loadModel(path, signal);
    if (!signal.aborted) return model;
    await model[Symbol.asyncDispose]();
  } catch (error) {
    throwIfAborted(signal);
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError(
      "MODEL_INVALID",
      `${path}: expected a model that llama.cpp can load, got one that it refuses (${reason}).`,
      { cause: error },
    );
  }
  throw cancelled();
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

async function createContext(
  model: LlamaModelOwner,
  terms: ContextTerms,
  path: string,
  signal: AbortSignal,
): Promise<LlamaContextOwner> {
  const { contextTokens, sequences, kvType } = terms;
  try {
    const context = await model.createContext(terms, signal);
    if (!signal.aborted) return context;
    await context[Symbol.asyncDispose]();
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
  throw cancelled();
}

function toNative(
  { parts }: LlamaRuntime,
  { native: model }: LlamaModelOwner,
  { native: context }: LlamaContextOwner,
): Native {
  return {
    model,
    context,
    createSampler: () => parts.createSampler(model),
    createGrammarState: (gbnf) => parts.createGrammarState(model, gbnf),
  };
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

function cancelled(): WeirError {
  return new WeirError("CANCELLED", "the model is no longer wanted");
}
