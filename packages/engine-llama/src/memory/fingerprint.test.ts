import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFingerprint, hashModelFile, type FingerprintParts } from "./fingerprint.ts";
import { makeFolder } from "./fixtures/memory-with-files.ts";

describe("the fingerprint of states", () => {
  it("changes with whatever they depend on", () => {
    const parts: FingerprintParts = {
      modelHash: "m",
      precision: "Q8_0",
      contextTokens: 8_192,
      kvType: "f16",
      engineVersion: "1",
    };
    const all = [
      parts,
      { ...parts, modelHash: "n" },
      { ...parts, precision: "Q4_0" },
      { ...parts, contextTokens: 4_096 },
      { ...parts, kvType: "q8_0" },
      { ...parts, engineVersion: "2" },
    ].map(createFingerprint);
    expect(new Set(all).size).toBe(6);
    expect(createFingerprint({ ...parts })).toBe(all[0]);
  });

  it("knows a model's file again elsewhere, and one that was written over", async () => {
    const directory = await makeFolder();
    const bytes = Buffer.alloc(20 << 20, 7);
    const hashOf = async (name: string, content: Buffer): Promise<string> => {
      await writeFile(join(directory, name), content);
      return hashModelFile(join(directory, name));
    };
    const first = await hashOf("a", bytes);
    expect(await hashOf("b", bytes)).toBe(first);
    for (const at of [0, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = 8;
      expect(await hashOf("a", changed)).not.toBe(first);
    }
    expect(await hashOf("a", bytes.subarray(1))).not.toBe(first);
    expect(await hashOf("small", Buffer.from("x"))).not.toBe(await hashOf("small", Buffer.from("y")));
  });
});
