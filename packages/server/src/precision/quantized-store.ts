import { createHash, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import type { EmbeddingModelSpec, ModelQuantizer, QuantizedPrecision, QuantizeProgress } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { toCanonicalJson } from "../cache/cache-key.ts";
import { hashFiles } from "../cache/model-revision.ts";
import { describeFileTimes } from "../replica/model-files.ts";
import { isProcessAlive } from "../platform/process-tree.ts";

/** What is to be there, and where: plain JSON, as it goes to a process of its own. */
export interface QuantizedRequest {
  readonly engineModule: string;
  readonly spec: EmbeddingModelSpec;
  readonly precision: QuantizedPrecision;
  /** Weir's own cache folder: what is made is kept in `quantized` in it. */
  readonly cacheDirectory: string;
}

/** Weights that were made. */
export interface QuantizedPlace {
  /** How the model is run from its new folder. */
  readonly spec: EmbeddingModelSpec;
  readonly foundBy: "made" | "kept";
  /** What was wrong with the one that was there; undefined where none was or it is used. */
  readonly damage: string | undefined;
}

/** What is written beside a made folder; one without it is none. */
interface Manifest {
  readonly format: 1;
  readonly precision: QuantizedPrecision;
  readonly quantizerVersion: string;
  /** Where the model was that it was made from, for people. */
  readonly source: string;
  /** Path and SHA-256 of each file. */
  readonly files: readonly (readonly string[])[];
}

const manifestName = "made.json";
const modelFolder = "model";

/**
 * A model's weights in another precision: those that were made before, where every file of them is as it was written, else
 * made now and put into place in one step. Throws what the quantiser throws, and USAGE where the folder cannot be read or
 * nothing can be written to the cache.
 */
export async function findQuantized(
  quantizer: ModelQuantizer,
  { spec, precision, cacheDirectory }: QuantizedRequest,
  onProgress: (progress: QuantizeProgress) => void,
): Promise<QuantizedPlace> {
  const root = join(cacheDirectory, "quantized");
  await mkdir(root, { recursive: true }).catch(explainWrite(root));
  const facts = { quantizer: quantizer.quantizerVersion, options: spec.options ?? {} };
  const key = hashText(toCanonicalJson({ ...facts, source: await hashSource(spec.path, root) }));
  const place = join(root, `${basename(spec.path)}-${precision}-${key.slice(0, 16)}`);
  const quantized = quantizer.toQuantizedSpec(spec, join(place, modelFolder));
  const damage = await findDamage(place);
  if (damage === undefined) return { spec: quantized, foundBy: "kept", damage };
  await sweepStaging(root);
  const staging = await mkdtemp(join(root, `${stagingPrefix}${process.pid}-`)).catch(explainWrite(root));
  try {
    const out = join(staging, modelFolder);
    await quantizer.writeQuantizedModel(spec, { precision, out, onProgress });
    const manifest: Manifest = {
      format: 1,
      precision,
      quantizerVersion: quantizer.quantizerVersion,
      source: spec.path,
      files: await hashFiles(out),
    };
    await writeFile(join(staging, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
    await moveInto(staging, place);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return { spec: quantized, foundBy: "made", damage: damage === "absent" ? undefined : damage };
}

/** Of this machine: where the cache is shared, process ids of others mean nothing here. */
const stagingPrefix = `.making-${hostname()}-`;

/** Removes what processes of this machine left that were killed while they made weights. */
async function sweepStaging(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(stagingPrefix)) continue;
    const pid = Number.parseInt(name.slice(stagingPrefix.length), 10);
    if (isProcessAlive(pid)) continue;
    await rm(join(root, name), { recursive: true, force: true });
  }
}

/** A folder that another process put there meanwhile is used where it is sound, and gives way where it is not. */
async function moveInto(staging: string, place: string): Promise<void> {
  if ((await findDamage(place)) === undefined) return;
  await rm(place, { recursive: true, force: true });
  await rename(staging, place).catch(async (error: unknown) => {
    if ((await findDamage(place)) !== undefined) throw error;
  });
}

/** Undefined where every file is as it was written. */
async function findDamage(place: string): Promise<string | undefined> {
  if ((await stat(place).catch(() => undefined)) === undefined) return "absent";
  try {
    const manifest = JSON.parse(await readFile(join(place, manifestName), "utf8")) as Partial<Manifest>;
    if (manifest.format !== 1) return `its ${manifestName} is of another format`;
    const found = await hashFiles(join(place, modelFolder));
    if (toCanonicalJson(found) === toCanonicalJson(manifest.files)) return undefined;
    return "its files are not as they were written";
  } catch (error) {
    return `it cannot be read (${(error as Error).message})`;
  }
}

/**
 * What is in a model's folder, as a hash: the same wherever it is. Reading a folder with weights in many formats takes
 * seconds, so it is remembered for as long as its files' sizes and times stay.
 */
async function hashSource(path: string, root: string): Promise<string> {
  try {
    const times = hashText(`${path}\n${await describeFileTimes(path)}`);
    const note = join(root, "sources", times);
    const known = await readFile(note, "utf8").catch(() => "");
    if (/^[0-9a-f]{64}$/.test(known)) return known;
    const hash = hashText(toCanonicalJson(await hashFiles(path)));
    await keepNote(note, hash);
    return hash;
  } catch (error) {
    const message = `${path}: the model's folder cannot be read (${(error as Error).message})`;
    throw new WeirError("USAGE", message, { cause: error });
  }
}

async function keepNote(note: string, text: string): Promise<void> {
  const unfinished = `${note}.${randomUUID()}.tmp`;
  try {
    await mkdir(join(note, ".."), { recursive: true });
    await writeFile(unfinished, text);
    await rename(unfinished, note);
  } catch {
    // The next start reads the folder again.
    await rm(unfinished, { force: true });
  }
}

function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function explainWrite(root: string): (error: unknown) => never {
  return (error) => {
    const message =
      `${root}: weights of another precision are kept there, and it cannot be written (${(error as Error).message}). ` +
      "Name another cache folder with WEIR_CACHE_DIR, or serve with --precision fp32.";
    throw new WeirError("USAGE", message, { cause: error });
  };
}
