import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { EmbeddingModelInfo, EmbeddingModelSpec } from "@weir/engine";
import { listModelFiles } from "../replica/model-files.ts";
import { toCanonicalJson } from "./cache-key.ts";

/** A model as it computes: which engine, told what, and what it found. */
export interface RevisedModel {
  readonly engineModule: string;
  readonly spec: EmbeddingModelSpec;
  readonly info: EmbeddingModelInfo;
  /** Weir's own version. */
  readonly version: string;
}

/**
 * What a model's vectors depend on beside the request, as a hash: the content of its files, what the engine was told and
 * found (device, precision and whatever else there is), and the versions of Weir and of the engine. Where the folder is,
 * what the model is called and how many threads compute it make no difference. Rejects where the files cannot be read.
 * `fileTimes` (of describeFileTimes) take the place of the content where nobody but this process asks for the vectors: a large
 * model's files are not read for that.
 */
export async function hashModel(
  { engineModule, spec, info, version }: RevisedModel,
  fileTimes?: string,
): Promise<string> {
  const { path, threads: _threads, device: _device, ...told } = spec;
  const { deviceFallback: _fallback, ...found } = info;
  const facts = {
    version,
    engine: await describeEngine(engineModule),
    told,
    found,
    // An engine without weights reads no files.
    files: info.weightBytes === 0 ? [] : (fileTimes ?? (await hashFiles(path))),
  };
  return createHash("sha256").update(toCanonicalJson(facts)).digest("hex");
}

/** Path and SHA-256 of each of a folder's files, in the order of their names. */
export async function hashFiles(path: string): Promise<string[][]> {
  const hashes: string[][] = [];
  // One piece of memory for all that is read: a stream's would stay with the process, tens of megabytes of it.
  const piece = Buffer.allocUnsafeSlow(256 * 1024);
  for (const file of await listModelFiles(path)) {
    const hash = createHash("sha256");
    await using handle = await open(file);
    for (;;) {
      const { bytesRead } = await handle.read(piece);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
    }
    hashes.push([relative(path, file).replaceAll("\\", "/"), hash.digest("hex")]);
  }
  return hashes;
}

/** Name and version of the package that a module belongs to; its address where it belongs to none. */
export async function describeEngine(engineModule: string): Promise<string> {
  if (!engineModule.startsWith("file:")) return engineModule;
  for (let folder = new URL(".", engineModule); ; folder = new URL("..", folder)) {
    const text = await readFile(fileURLToPath(new URL("package.json", folder)), "utf8").catch(
      () => undefined,
    );
    if (text !== undefined) {
      const { name, version } = JSON.parse(text) as { name?: string; version?: string };
      if (name !== undefined) return `${name}@${version ?? ""} ${engineModule.slice(folder.href.length)}`;
    }
    if (folder.pathname === "/" || new URL("..", folder).href === folder.href) return engineModule;
  }
}
