import {
  chmod,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
} from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { WeirError } from "@weir/protocol";
import { manifestName } from "../reference/manifest.ts";

/** Weights in any format, and what other tools leave behind: not part of a quantised model's folder. */
const leftOut =
  /\.(onnx|onnx[._]data|onnx\.data|data|safetensors|bin|h5|msgpack|ot|pt|pth|ckpt|gguf|mlmodel|xml|tflite)$/i;
const leftOutFolders: ReadonlySet<string> = new Set([".git", ".cache", "openvino", "node_modules"]);

/**
 * Makes a folder in one step: `fill` gets a new one beside it, which takes its place when all is done, and is removed
 * on every other path. Throws USAGE where something is there already, nothing can be made there or the disk is full.
 */
export async function fillFolder<Result>(
  target: string,
  fill: (staging: string) => Promise<Result>,
): Promise<Result> {
  const path = resolve(target);
  await checkFree(path);
  const staging = await openStaging(path);
  try {
    const result = await fill(staging);
    await rmdir(path).catch(() => {});
    await rename(staging, path);
    return result;
  } catch (error) {
    throw explainWrite(error, path);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Whatever is wrong here is wrong with the place. */
async function openStaging(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await mkdtemp(join(dirname(path), `.${basename(path)}-`));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw cannotWrite(path, problems[code ?? ""] ?? `no folder can be made there (${message})`, error);
  }
}

async function checkFree(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (found.isDirectory() && (await readdir(path)).length === 0) return;
  const what = found.isDirectory() ? "a folder with files in it" : "a file";
  throw new WeirError(
    "USAGE",
    `${path}: expected a new or empty folder to write to, got ${what}. Name another with --out.`,
  );
}

function explainWrite(error: unknown, path: string): unknown {
  const why = problems[(error as NodeJS.ErrnoException).code ?? ""];
  return why === undefined ? error : cannotWrite(path, why, error);
}

const problems: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EACCES: "the folder above may not be written to",
  EPERM: "the folder above may not be written to",
  EROFS: "the file system is read-only",
};

/** A command has the one way to name another place, a server the other. */
function cannotWrite(path: string, why: string, cause: unknown): WeirError {
  const message =
    `${path}: cannot be written: ${why}. Nothing is left of it. ` +
    "Name another place: --out of weir models quantize, WEIR_CACHE_DIR of weir serve.";
  return new WeirError("USAGE", message, { cause });
}

/**
 * Copies everything of a model's folder but weights: tokenizer, settings, modules, licence. `kept` has the paths in it of
 * weights that are copied all the same.
 */
export async function copySmallFiles(from: string, to: string, kept: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    const inside = relative(from, join(entry.parentPath, entry.name));
    const parts = inside.split(/[\\/]/);
    if (parts.some((part) => leftOutFolders.has(part)) || inside === manifestName) continue;
    if (leftOut.test(entry.name) && !kept.has(inside)) continue;
    if (!(await stat(join(from, inside))).isFile()) continue;
    await mkdir(dirname(join(to, inside)), { recursive: true });
    await copyFile(join(from, inside), join(to, inside), constants.COPYFILE_FICLONE);
    // Model folders are often read-only; this one is its owner's.
    await chmod(join(to, inside), 0o644);
  }
}
