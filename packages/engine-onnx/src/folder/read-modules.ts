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
}

/**
 * Reads modules.json and the settings of the Pooling module. Throws MODEL_INVALID for a module that this
 * engine does not compute: leaving a Dense layer out, say, would give vectors that look right and are not.
 */
export async function readSentenceModules(folder: string): Promise<SentenceModules> {
  const path = join(folder, "modules.json");
  const listed = await readJson(path);
  if (listed === undefined) return { transformerFolder: "", pooling: undefined };
  if (!Array.isArray(listed))
    throw invalidFile(path, `must hold an array of modules, got ${describeKind(listed)}`);
  let transformerFolder: string | undefined;
  let pooling: Pooling | undefined;
  for (const [index, module] of listed.entries()) {
    if (!isObject(module) || typeof module["type"] !== "string") {
      throw invalidFile(path, `module ${index} must be an object with a type`);
    }
    const subfolder = readSubfolder(module, index, path);
    const kind = module["type"].split(".").at(-1);
    if (kind === "Transformer" && transformerFolder === undefined && index === 0) {
      transformerFolder = subfolder;
    } else if (kind === "Pooling" && pooling === undefined && index === 1) {
      pooling = await readPooling(join(folder, subfolder, "config.json"));
    } else if (kind !== "Normalize" || index < 2) {
      throw invalidFile(
        path,
        `module ${index} is ${module["type"]}, which this engine does not compute. ` +
          "Supported are Transformer, then Pooling, then optionally Normalize.",
      );
    }
  }
  if (transformerFolder === undefined || pooling === undefined) {
    throw invalidFile(path, "must name a Transformer and a Pooling module");
  }
  return { transformerFolder, pooling };
}

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

async function readPooling(path: string): Promise<Pooling> {
  const config = await readJsonObject(path);
  if (config === undefined) throw invalidFile(path, "is missing; modules.json names this Pooling module");
  const modes = readModes(config, path);
  const [mode] = modes;
  const pooling = mode === "lasttoken" ? "last" : poolings.find((known) => known === mode);
  if (pooling === undefined || modes.length !== 1) {
    throw invalidFile(
      path,
      `asks for ${modes.join(" with ")} pooling, which this engine does not compute. ` +
        "Supported is one of mean, cls, max and lasttoken.",
    );
  }
  return pooling;
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
