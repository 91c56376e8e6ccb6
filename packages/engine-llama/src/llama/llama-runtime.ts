import type { Device } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type * as LlamaModule from "node-llama-cpp";
import type { Llama, LlamaGpuType } from "node-llama-cpp";

export interface LlamaRuntime {
  readonly llama: Llama;
  /** E.g. `cpu`, `cuda`, `metal`. */
  readonly device: string;
}

/** Finding the binary costs a second, and a process has one llama.cpp anyway: models of one process share it. */
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
    return { llama, device: llama.gpu === false ? "cpu" : llama.gpu };
  } catch (error) {
    throw describeFailure(device, error);
  }
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
