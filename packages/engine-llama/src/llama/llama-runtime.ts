import type { Device } from "@weir/engine";
import type { NativeModel, NativeParts } from "./addon.ts";
import { openCpuRuntime } from "./cpu-runtime.ts";
import { openGpuRuntime } from "./gpu-runtime.ts";
import type { ContextTerms, LlamaContextOwner } from "./context-terms.ts";

/** llama.cpp, ready to load models. */
export interface LlamaRuntime {
  /** E.g. `cpu`, `cuda`, `metal`. */
  readonly device: string;
  /** Cores that are worth a thread each. */
  readonly mathCores: number;
  /** Which llama.cpp it is. */
  readonly version: string;
  readonly parts: NativeParts;
  /** Throws what llama.cpp has against the file. */
  loadModel(path: string, signal: AbortSignal): Promise<LlamaModelOwner>;
}

export interface LlamaModelOwner extends AsyncDisposable {
  readonly native: NativeModel;
  /** Throws where there is not enough memory. */
  createContext(terms: ContextTerms, signal: AbortSignal): Promise<LlamaContextOwner>;
}

/** Finding the binary takes time, and a process has one llama.cpp anyway: models of one process share it. */
const loadedRuntimes = new Map<Device, Promise<LlamaRuntime>>();

/**
 * Loads llama.cpp for a device. Throws ENGINE_MISSING where the package is not installed or has no binary for this machine,
 * and DEVICE_UNAVAILABLE.
 */
export async function loadLlamaRuntime(device: Device): Promise<LlamaRuntime> {
  const known = loadedRuntimes.get(device);
  if (known !== undefined) return known;
  const loading = openRuntime(device);
  loadedRuntimes.set(device, loading);
  // What failed once is tried again.
  loading.catch(() => loadedRuntimes.delete(device));
  return loading;
}

async function openRuntime(device: Device): Promise<LlamaRuntime> {
  return (await openCpuRuntime(device)) ?? (await openGpuRuntime(device));
}
