import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { pipeline } from "node:stream/promises";
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

async function hashFiles(path: string): Promise<string[][]> {
  const hashes: string[][] = [];
  for (const file of await listModelFiles(path)) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(file, { highWaterMark: 512 * 1024 }), hash);
    hashes.push([relative(path, file).replaceAll("\\", "/"), hash.digest("hex")]);
  }
  return hashes;
}

/** Name and version of the package that a module belongs to; its address where it belongs to none. */
async function describeEngine(engineModule: string): Promise<string> {
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
