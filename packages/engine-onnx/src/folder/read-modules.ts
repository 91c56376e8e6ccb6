import { join } from "node:path";
import { poolings, type Pooling } from "@weir/protocol";
import {
  describeKind,
  invalidFile,
  isObject,
  readJson,
  readJsonObject,
  type JsonObject,
} from "./read-json.ts";

/** What modules.json says that the model is made of. */
export interface SentenceModules {
  /** Where the transformer's files are, relative to the model's folder; usually the folder itself. */
  readonly transformerFolder: string;
  /** Undefined where there is no modules.json. */
  readonly pooling: Pooling | undefined;
  /** Whether the tokens of a prompt count in the pooling. */
  readonly includePrompt: boolean;
  /** What is done to a pooled vector, in order. A Normalize at the end is left out: a request decides about it. */
  readonly layers: readonly VectorLayer[];
}

/** A module after the pooling; those with weights have their files in `folder`. */
export type VectorLayer =
  | { readonly kind: "dense"; readonly folder: string }
  | { readonly kind: "layer-norm"; readonly folder: string }
  | { readonly kind: "normalize" };

/**
 * Reads modules.json and the settings of the Pooling module. Throws MODEL_INVALID for a module that this
 * engine does not compute: leaving one out would give vectors that look right and are not.
 */
export async function readSentenceModules(folder: string): Promise<SentenceModules> {
  const path = join(folder, "modules.json");
  const listed = await readJson(path);
  if (listed === undefined) {
    return { transformerFolder: "", pooling: undefined, includePrompt: true, layers: [] };
  }
  if (!Array.isArray(listed))
    throw invalidFile(path, `must hold an array of modules, got ${describeKind(listed)}`);
  let transformerFolder: string | undefined;
  let pooling: PoolingSettings | undefined;
  const layers: VectorLayer[] = [];
  for (const [index, module] of listed.entries()) {
    if (!isObject(module) || typeof module["type"] !== "string") {
      throw invalidFile(path, `module ${index} must be an object with a type`);
    }
    const subfolder = readSubfolder(module, index, path);
    const kind = module["type"].split(".").at(-1)!;
    if (index === 0 && kind === "Transformer") {
      transformerFolder = subfolder;
    } else if (index === 1 && kind === "Pooling") {
      pooling = await readPooling(join(folder, subfolder, "config.json"));
    } else if (index >= 2 && Object.hasOwn(layerKinds, kind)) {
      const layer = layerKinds[kind]!;
      layers.push(layer === "normalize" ? { kind: layer } : { kind: layer, folder: join(folder, subfolder) });
    } else {
      throw invalidFile(
        path,
        `module ${index} is ${module["type"]}, which this engine does not compute there. ` +
          "Supported are Transformer, then Pooling, then any of Dense, LayerNorm and Normalize.",
      );
    }
  }
  if (transformerFolder === undefined || pooling === undefined) {
    throw invalidFile(path, "must name a Transformer and a Pooling module");
  }
  while (layers.at(-1)?.kind === "normalize") layers.pop();
  return { transformerFolder, ...pooling, layers };
}

const layerKinds: Readonly<Record<string, VectorLayer["kind"]>> = {
  Dense: "dense",
  LayerNorm: "layer-norm",
  Normalize: "normalize",
};

/** What sentence-transformers assumes without modules.json: last token for a causal language model, else mean. */
export function assumePooling(config: JsonObject): Pooling {
  const { architectures } = config;
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof first === "string" && first.endsWith("ForCausalLM") ? "last" : "mean";
}

function readSubfolder(module: JsonObject, index: number, path: string): string {
  const subfolder = module["path"] ?? "";
  if (typeof subfolder !== "string" || /^([/\\]|[a-zA-Z]:)|(^|[/\\])\.\.([/\\]|$)/.test(subfolder)) {
    throw invalidFile(path, `the path of module ${index} must stay inside the model's folder`);
  }
  return subfolder;
}

/** The older settings: one switch per kind, in the order in which sentence-transformers looks at them. */
const switches: readonly (readonly [key: string, mode: string])[] = [
  ["pooling_mode_cls_token", "cls"],
  ["pooling_mode_max_tokens", "max"],
  ["pooling_mode_mean_tokens", "mean"],
  ["pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"],
  ["pooling_mode_weightedmean_tokens", "weightedmean"],
  ["pooling_mode_lasttoken", "lasttoken"],
];

interface PoolingSettings {
  readonly pooling: Pooling;
  readonly includePrompt: boolean;
}

/** The names of sentence-transformers, where they are not those of the protocol. */
const otherNames: Readonly<Record<string, Pooling>> = {
  lasttoken: "last",
  mean_sqrt_len_tokens: "mean_sqrt_len",
};

async function readPooling(path: string): Promise<PoolingSettings> {
  const config = await readJsonObject(path);
  if (config === undefined) throw invalidFile(path, "is missing; modules.json names this Pooling module");
  const modes = readModes(config, path);
  const mode = modes[0]!;
  const pooling = Object.hasOwn(otherNames, mode)
    ? otherNames[mode]
    : poolings.find((known) => known === mode);
  if (pooling === undefined || modes.length !== 1) {
    throw invalidFile(
      path,
      `asks for ${modes.join(" with ")} pooling, which this engine does not compute. ` +
        "Supported is one of mean, cls, max, lasttoken, mean_sqrt_len_tokens and weightedmean.",
    );
  }
  return { pooling, includePrompt: config["include_prompt"] !== false };
}

function readModes(config: JsonObject, path: string): readonly string[] {
  const mode = config["pooling_mode"];
  if (mode === undefined || mode === null) {
    const on = switches.filter(([key]) => config[key] === true).map(([, name]) => name);
    return on.length === 0 ? ["mean"] : on;
  }
  const modes: readonly unknown[] = Array.isArray(mode) ? mode : [mode];
  if (modes.length > 0 && modes.every((name) => typeof name === "string")) return modes;
  throw invalidFile(path, `pooling_mode must be a name or a list of names, got ${JSON.stringify(mode)}`);
}
