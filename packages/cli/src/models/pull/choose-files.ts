import { WeirError } from "@weir/protocol";
import type { RepositoryFile } from "./hub-repository.ts";
import type { WeightFile } from "./choose-weights.ts";

/** A file to download, and where it goes in the model's folder. */
export interface ChosenFile {
  readonly file: RepositoryFile;
  /** With forward slashes. As in the repository, except for weights: they get the name that the engine looks for. */
  readonly target: string;
}

/** A module of modules.json: what it is, and its folder with a slash at the end, or nothing for the model's own. */
export interface ListedModule {
  readonly kind: string;
  readonly folder: string;
}

/** Beside the weights: what an engine needs to read texts and vectors as the model's authors meant. */
const besideWeights =
  /^(config|tokenizer|tokenizer_config|special_tokens_map|ort_config|sentence_[a-z-]+_config)\.json$/;
const ofTheModel = /^(modules\.json|config_sentence_transformers\.json|LICEN[CS]E.*|NOTICE.*)$/i;
const ofAModule = /^config\.json$/;
/** The modules after the pooling that have weights of their own. */
const withWeights: ReadonlySet<string> = new Set(["Dense", "LayerNorm"]);

/** Reads modules.json as far as files go. What is wrong with it otherwise the engine says. */
export function parseModules(text: string | undefined): readonly ListedModule[] {
  const listed: unknown = text === undefined ? [] : tryParse(text);
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((module: unknown) => {
    const { type, path } = (module ?? {}) as { type?: unknown; path?: unknown };
    if (typeof type !== "string" || (path !== undefined && typeof path !== "string")) return [];
    const folder = (path ?? "").replace(/^\.\/|\/+$/g, "");
    return [{ kind: type.split(".").at(-1)!, folder: folder === "" ? "" : `${folder}/` }];
  });
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The transformer's folder, with a slash at the end, or nothing for the model's own. */
export function findBase(modules: readonly ListedModule[]): string {
  return modules.find(({ kind }) => kind === "Transformer")?.folder ?? "";
}

/**
 * The files that a model needs, its weights included with those that are theirs by name. Weights in other formats are
 * never among them, but for those of a Dense or LayerNorm module in model.safetensors: they are nowhere else. Throws
 * HUB_REFUSED.
 */
export function chooseFiles(
  files: readonly RepositoryFile[],
  modules: readonly ListedModule[],
  weights: WeightFile,
  repository: string,
): ChosenFile[] {
  const base = findBase(modules);
  const chosen = files.filter(({ path }) => isNeeded(path, base, modules));
  const names = new Set(chosen.map(({ path }) => path));
  for (const needed of ["config.json", "tokenizer.json"]) {
    if (names.has(`${base}${needed}`)) continue;
    const how =
      needed === "tokenizer.json"
        ? ` Make one where Python is: AutoTokenizer.from_pretrained("${repository}").save_pretrained("FOLDER").`
        : "";
    throw new WeirError(
      "HUB_REFUSED",
      `${repository} has no ${base}${needed}, which every model needs.${how}`,
    );
  }
  const target = toWeightsTarget(weights.file.path, base);
  return [
    { file: weights.file, target },
    ...findExternal(files, weights.file.path).map((file) => ({
      file,
      target: placeBeside(file.path, weights.file.path, target),
    })),
    ...chosen.map((file) => ({ file, target: file.path })),
  ];
}

function isNeeded(path: string, base: string, modules: readonly ListedModule[]): boolean {
  if (ofTheModel.test(path)) return true;
  const at = path.lastIndexOf("/") + 1;
  const folder = path.slice(0, at);
  const name = path.slice(at);
  if (folder === base && besideWeights.test(name)) return true;
  const module = modules.find((listed) => listed.folder === folder && listed.folder !== base);
  if (module === undefined) return false;
  return ofAModule.test(name) || (withWeights.has(module.kind) && name === "model.safetensors");
}

function toWeightsTarget(path: string, base: string): string {
  return path === `${base}model.onnx` ? path : `${base}onnx/model.onnx`;
}

/** `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`: what exporters call the weights beside a graph. */
function findExternal(files: readonly RepositoryFile[], weights: string): RepositoryFile[] {
  return files.filter(
    ({ path }) => path.startsWith(weights) && /^[._]data(_\d+)?$/.test(path.slice(weights.length)),
  );
}

/** A graph names its weights relative to itself: they keep their names beside it. */
export function placeBeside(path: string, weights: string, target: string): string {
  const from = weights.slice(0, weights.lastIndexOf("/") + 1);
  return target.slice(0, target.lastIndexOf("/") + 1) + path.slice(from.length);
}
