import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Device } from "@weir/engine";
import { checkNative, toParts, type NativeContext, type NativeModel } from "./addon.ts";
import type { ContextTerms } from "./context-terms.ts";
import type { LlamaModelOwner, LlamaRuntime } from "./llama-runtime.ts";

/** The native module, as far as models and contexts are made with it. */
interface Binding {
  readonly AddonModel: new (
    path: string,
    params: Readonly<Record<string, unknown>>,
  ) => NativeModel & {
    init(): Promise<boolean>;
    abortActiveModelLoad(): void;
    dispose(): Promise<void>;
  };
  readonly AddonContext: new (
    model: NativeModel,
    params: Readonly<Record<string, unknown>>,
  ) => NativeContext & { init(): Promise<boolean>; dispose(): Promise<void> };
  markLoaded(): boolean;
  setLogger(logger: (level: number, message: string) => void): void;
  setLoggerLogLevel(level: number): void;
  loadBackends(directory?: string): void;
  getGpuType(): string | false | undefined;
  getMathCores(): number;
  init(): Promise<void>;
}

// node-llama-cpp's number for it, dist/bindings/Llama.js
const errorLogLevel = 2;
// ggml.h, enum ggml_type
const ggmlTypes = { f16: 1, q8_0: 8, q4_0: 2 } as const;
// What node-llama-cpp rounds contexts up to, dist/evaluator/LlamaContext/utils/padSafeContextSize.js
const contextPad = 256;

/**
 * llama.cpp for the CPU by its native module alone. node-llama-cpp's own way takes seconds: it reads its many modules, tries
 * the binary in a process of its own, and reads every word of a model's vocabulary to estimate memory; a replica is a
 * process that may end, and has its model's head already. Undefined where another device may be wanted, where llama.cpp was
 * built here, or where anything is not as expected: then node-llama-cpp itself finds a binary or says why there is none.
 */
export async function openCpuRuntime(device: Device): Promise<LlamaRuntime | undefined> {
  if (device !== "cpu" && device !== "auto") return undefined;
  try {
    const folder = await findBinary(device);
    return folder === undefined ? undefined : await openBinary(folder);
  } catch {
    return undefined;
  }
}

/** The folder of the binary for this machine that was installed with node-llama-cpp. */
async function findBinary(device: "cpu" | "auto"): Promise<string | undefined> {
  const entry = createRequire(import.meta.url).resolve("node-llama-cpp");
  if (hasLocalBuild(entry)) return undefined;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const machine = `${platform}-${process.arch}`;
  // On a Mac the one package has Metal in it.
  if (platform !== "linux" && platform !== "win") return undefined;
  if (device === "auto")
    for (const kind of ["cuda", "vulkan"])
      if ((await findPackage(entry, `${machine}-${kind}`)) !== undefined) return undefined;
  const bins = await findPackage(entry, machine);
  return bins === undefined ? undefined : join(bins, machine);
}

function hasLocalBuild(entry: string): boolean {
  const builds = join(dirname(entry), "..", "llama", "localBuilds");
  return existsSync(builds) && readdirSync(builds).length > 0;
}

async function findPackage(entry: string, name: string): Promise<string | undefined> {
  try {
    const path = createRequire(entry).resolve(`@node-llama-cpp/${name}`);
    const found = (await import(pathToFileURL(path).href)) as {
      getBinsDir?: () => { readonly binsDir: string };
    };
    return found.getBinsDir?.().binsDir;
  } catch {
    return undefined;
  }
}

async function openBinary(folder: string): Promise<LlamaRuntime | undefined> {
  const metadata = JSON.parse(await readFile(join(folder, "_nlcBuildMetadata.json"), "utf8")) as {
    readonly buildOptions: { readonly llamaCpp: { readonly repo: string; readonly release: string } };
  };
  const { repo, release } = metadata.buildOptions.llamaCpp;
  const binding = createRequire(import.meta.url)(join(folder, "llama-addon.node")) as Binding;
  const parts = toParts(binding);
  binding.markLoaded();
  binding.setLogger(() => undefined);
  binding.setLoggerLogLevel(errorLogLevel);
  binding.loadBackends();
  if (binding.getGpuType() === undefined) binding.loadBackends(folder);
  if (binding.getGpuType() !== false) return undefined;
  await binding.init();
  return {
    device: "cpu",
    mathCores: Math.max(1, Math.min(Math.floor(binding.getMathCores()), availableParallelism())),
    version: `${repo} ${release}`,
    parts,
    loadModel: (path, signal) => loadModel(binding, path, signal),
  };
}

async function loadModel(binding: Binding, path: string, signal: AbortSignal): Promise<LlamaModelOwner> {
  const model = new binding.AddonModel(path, {
    addonExports: binding,
    gpuLayers: 0,
    vocabOnly: false,
    useMmap: true,
    useDirectIo: false,
    checkTensors: false,
    hasLoadAbortSignal: true,
  });
  const abort = (): void => model.abortActiveModelLoad();
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (!(await model.init())) throw new Error("Failed to load model");
  } finally {
    signal.removeEventListener("abort", abort);
  }
  return {
    native: model,
    createContext: async (terms) => {
      const context = new binding.AddonContext(model, toContextParams(terms));
      checkNative(model, context);
      if (!(await context.init())) throw new Error("Failed to create context");
      return { native: context, [Symbol.asyncDispose]: async () => context.dispose() };
    },
    [Symbol.asyncDispose]: async () => model.dispose(),
  };
}

function toContextParams(terms: ContextTerms): Readonly<Record<string, unknown>> {
  const { contextTokens, sequences, kvType, chunkTokens, threads, kvBytes } = terms;
  // The system would promise it, and end the process when it is used.
  const freeBytes = process.availableMemory();
  if (kvBytes > freeBytes)
    throw new Error(
      `${Math.ceil(kvBytes / 1e6)} MB for keys and values, and ${Math.floor(freeBytes / 1e6)} MB are free`,
    );
  return {
    contextSize: Math.ceil((contextTokens * sequences) / contextPad) * contextPad,
    batchSize: Math.max(chunkTokens, sequences),
    sequences,
    // Values can be quantised with it alone; llama.cpp does without where a model has no use for it.
    flashAttention: kvType === "f16" ? "auto" : true,
    threads,
    kvCacheKeyType: ggmlTypes[kvType],
    kvCacheValueType: ggmlTypes[kvType],
    // A sliding window forgets what a later turn goes back to.
    swaFullCache: true,
    performanceTracking: false,
  };
}
