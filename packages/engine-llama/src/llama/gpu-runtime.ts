import type { Device } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type * as LlamaModule from "node-llama-cpp";
import type { Llama, LlamaContext, LlamaGpuType, LlamaModel } from "node-llama-cpp";
import { toNativeContext, toNativeModel, toParts } from "./addon.ts";
import type { ContextTerms } from "./context-terms.ts";
import type { LlamaModelOwner, LlamaRuntime } from "./llama-runtime.ts";

/**
 * llama.cpp by node-llama-cpp, which finds the binary that runs here and puts as many of a model's layers on the device as
 * it has memory for. Throws ENGINE_MISSING and DEVICE_UNAVAILABLE.
 */
export async function openGpuRuntime(device: Device): Promise<LlamaRuntime> {
  const wanted = toGpu(device);
  const { getLlama, LlamaLogLevel } = await importLlama();
  try {
    const llama = await getLlama({
      gpu: wanted,
      build: "never",
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.error,
      logger: () => undefined,
      maxThreads: 0,
    });
    const { repo, release } = llama.llamaCppRelease;
    return {
      device: llama.gpu === false ? "cpu" : llama.gpu,
      mathCores: llama.cpuMathCores,
      version: `${repo} ${release}`,
      parts: toParts(Reflect.get(llama, "_bindings")),
      loadModel: (path, signal) => loadModel(llama, path, signal),
    };
  } catch (error) {
    throw describeFailure(device, error);
  }
}

async function loadModel(llama: Llama, path: string, signal: AbortSignal): Promise<LlamaModelOwner> {
  const model = await llama.loadModel({ modelPath: path, loadSignal: signal });
  return {
    native: toNativeModel(model),
    createContext: async (terms, ofSignal) => {
      const context = await createContext(model, terms, ofSignal);
      return { native: toNativeContext(context), [Symbol.asyncDispose]: async () => context.dispose() };
    },
    [Symbol.asyncDispose]: async () => model.dispose(),
  };
}

const ggmlNames = { f16: "F16", q8_0: "Q8_0", q4_0: "Q4_0" } as const;

async function createContext(
  model: LlamaModel,
  { threads, contextTokens, sequences, kvType, chunkTokens }: ContextTerms,
  signal: AbortSignal,
): Promise<LlamaContext> {
  return model.createContext({
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
}

function toGpu(device: Device): LlamaGpuType | "auto" {
  if (device === "auto") return "auto";
  if (device === "cpu") return false;
  if (device === "cuda") return "cuda";
  throw new WeirError(
    "DEVICE_UNAVAILABLE",
    `expected the device auto, cpu or cuda for a .gguf model, got ${device}. auto takes Metal on a Mac.`,
  );
}

async function importLlama(): Promise<typeof LlamaModule> {
  try {
    return await import("node-llama-cpp");
  } catch (error) {
    throw new WeirError(
      "ENGINE_MISSING",
      `node-llama-cpp could not be loaded (${firstLine(error)}). Install it: npm install node-llama-cpp@3.22.1`,
      { cause: error },
    );
  }
}

function describeFailure(device: Device, error: unknown): WeirError {
  const machine = `${process.platform}-${process.arch}`;
  if (device === "cuda")
    return new WeirError(
      "DEVICE_UNAVAILABLE",
      `llama.cpp found no CUDA device on ${machine} (${firstLine(error)}). It needs NVIDIA's driver and the package ` +
        "@node-llama-cpp/linux-x64-cuda or win-x64-cuda; with the device auto it would compute on the CPU.",
      { cause: error },
    );
  return new WeirError(
    "ENGINE_MISSING",
    `node-llama-cpp has no binary that runs on ${machine} (${firstLine(error)}). Install it again with its optional packages.`,
    { cause: error },
  );
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
