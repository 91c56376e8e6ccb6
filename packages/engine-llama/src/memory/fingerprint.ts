import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { endianness } from "node:os";

/** Everything that decides whether a state of yesterday is one of today. */
export interface FingerprintParts {
  /** Of the model's file, as `hashModelFile` says. */
  readonly modelHash: string;
  /** Number format of the weights. */
  readonly precision: string;
  readonly contextTokens: number;
  readonly kvType: string;
  /** Of the engine and its layout of states. */
  readonly engineVersion: string;
}

/** Hexadecimal. Two models, settings or engines whose states do not fit each other have two. */
export function createFingerprint(parts: FingerprintParts): string {
  const { modelHash, precision, contextTokens, kvType, engineVersion } = parts;
  const all = [modelHash, precision, contextTokens, kvType, engineVersion, process.arch, endianness()];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

const sampleBytes = 1 << 20;
const samples = 16;

/**
 * Tells model files apart by size and 16 MiB of them: the beginning with all that describes it, the end, and places between.
 * Models that differ, differ in all of their weights; reading gigabytes at every start would only take time.
 */
export async function hashModelFile(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const hash = createHash("sha256").update(String(size));
    const chunk = Buffer.allocUnsafe(sampleBytes);
    for (let sample = 0; sample < samples; sample++) {
      const at = Math.floor((Math.max(0, size - sampleBytes) * sample) / (samples - 1));
      const { bytesRead } = await file.read(chunk, 0, sampleBytes, at);
      hash.update(chunk.subarray(0, bytesRead));
    }
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}
