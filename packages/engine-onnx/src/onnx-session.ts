import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Device, EmbeddingModelSpec } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { InferenceSession } from "onnxruntime-node";
import type { MappedModel } from "./fuse/fuse-model.ts";
import { invalidFile } from "./folder/read-json.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";

/** A model's file, and how it is computed on a CPU where that is not as it stands there. */
export interface ModelSource {
  readonly onnxPath: string;
  readonly mapped?: MappedModel;
}

export interface OpenSession {
  readonly session: InferenceSession;
  readonly device: Exclude<Device, "auto">;
  /** Why it is the CPU although this machine has a graphics processor. */
  readonly fallback: string | undefined;
}

/**
 * Loads the weights onto the device that was asked for. `auto` takes an NVIDIA processor where this machine has one and
 * the runtime can use it, else the CPU. CoreML and WebGPU are used only when they are named: batches of ever new shapes
 * make them build a plan for each.
 *
 * Throws MODEL_INVALID where the file cannot be loaded at all, DEVICE_UNAVAILABLE where it cannot on a device that was
 * named.
 */
export async function openSession(
  runtime: OnnxRuntime,
  source: ModelSource,
  spec: EmbeddingModelSpec,
  hasNvidia: () => boolean = isNvidiaThere,
): Promise<OpenSession> {
  const asked = spec.device ?? "auto";
  const threads = spec.threads ?? availableParallelism();
  const wanted = asked === "auto" ? (hasNvidia() ? "cuda" : "cpu") : asked;
  if (wanted === "cpu") {
    return { session: await openOnCpu(runtime, source, threads), device: "cpu", fallback: undefined };
  }
  let reason: string;
  try {
    return {
      session: await create(runtime, source.onnxPath, wanted, threads),
      device: wanted,
      fallback: undefined,
    };
  } catch (error) {
    reason = `ONNX Runtime cannot use ${wanted} (${firstLine(error)})`;
  }
  // Also tells a device that is missing from a file that is damaged.
  const session = await openOnCpu(runtime, source, threads);
  if (asked === "auto") return { session, device: "cpu", fallback: reason };
  await session.release();
  const known = runtime.listSupportedBackends().map(({ name }) => name);
  throw new WeirError(
    "DEVICE_UNAVAILABLE",
    `${reason}. This build for ${process.platform}-${process.arch} knows ${known.join(", ")}; what is not part of the ` +
      "npm package (CUDA) and drivers must be installed beside it.",
  );
}

async function openOnCpu(
  runtime: OnnxRuntime,
  { onnxPath, mapped }: ModelSource,
  threads: number,
): Promise<InferenceSession> {
  try {
    if (mapped === undefined) return await create(runtime, onnxPath, "cpu", threads);
    const weights = { model_external_initializers_file_folder_path: mapped.weightsFolder };
    const session = await create(runtime, mapped.graph, "cpu", threads, weights);
    try {
      await mapped.checkFiles();
      return session;
    } catch (error) {
      await session.release();
      throw error;
    }
  } catch (error) {
    throw invalidFile(
      onnxPath,
      `ONNX Runtime cannot load it (${firstLine(error)}). Was the download complete?`,
      error,
    );
  }
}

function create(
  runtime: OnnxRuntime,
  model: string | Uint8Array,
  device: OpenSession["device"],
  threads: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    // The CPU is not named beside another device: what that cannot compute goes there anyway, and a device that this build
    // does not know would be passed over without a word.
    executionProviders: [device],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    // They would go to stderr past every log; errors also arrive as exceptions. 4 is fatal only.
    logSeverityLevel: 4,
    // A plan of memory for each shape ever seen: with batches of any length it costs a fifth more and gains nothing.
    enableMemPattern: false,
    // Threads spin between the operators of a run, where waking them would cost a quarter of a short one, and on to the next
    // batch; left alone they spin on for tens of milliseconds, on cores that others need by then.
    extra: { session: { intra_op: { spin_duration_us: "5000" }, ...settings } },
  };
  return typeof model === "string"
    ? runtime.InferenceSession.create(model, options)
    : runtime.InferenceSession.create(model, options);
}

function isNvidiaThere(): boolean {
  return process.platform === "linux" && existsSync("/proc/driver/nvidia/version");
}

/** An error of the native library without its trace. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0]!.trim();
}
