import { longestKeepAliveMs } from "./keep-alive.ts";

type Json = Readonly<Record<string, unknown>>;

/** A served model, as Ollama's lists show it. */
export interface OllamaListedModel {
  readonly name: string;
  /** Since when it is served. */
  readonly modifiedAt: Date;
  /** Size of its weights; 0 where another server has them. */
  readonly weightBytes: number;
  /** Of its files, e.g. `onnx`; empty where it is not known. */
  readonly format: string;
  /** Number format of the weights. */
  readonly precision: string;
  /** The kind of network, e.g. `bert`; undefined where it is not known. */
  readonly architecture?: string | undefined;
  /** Weights in all; undefined where it is not known. */
  readonly parameters?: number | undefined;
}

/** A model that is loaded now. */
export interface OllamaLoadedModel extends OllamaListedModel {
  /** Resident memory of its processes, where they said so; else of its weights. */
  readonly sizeBytes: number;
  /** The part of it on a graphics card. */
  readonly graphicsBytes: number;
  /** Until it is unloaded unless somebody asks for it; Infinity for never. In milliseconds. */
  readonly expiresInMs: number;
}

/** GET /api/tags: every model that is served, asleep or not. */
export function encodeOllamaTags(models: readonly OllamaListedModel[]): Json {
  return {
    models: models.map((model) => ({
      ...describeModel(model),
      modified_at: model.modifiedAt.toISOString(),
      size: model.weightBytes,
    })),
  };
}

/** GET /api/ps: the loaded ones. A model that stays for ever expires when Ollama's does, 292 years from `nowMs`. */
export function encodeOllamaProcesses(models: readonly OllamaLoadedModel[], nowMs: number): Json {
  return {
    models: models.map((model) => ({
      ...describeModel(model),
      size: model.sizeBytes,
      size_vram: model.graphicsBytes,
      expires_at: new Date(nowMs + Math.min(model.expiresInMs, longestKeepAliveMs)).toISOString(),
    })),
  };
}

/** POST /api/embed that asked only to load or unload. */
export function encodeOllamaLoaded(model: string): Json {
  return { model, embeddings: [] };
}

/** Weights are not hashed, so the digest, which clients expect to be a text, is empty. */
function describeModel(model: OllamaListedModel): Json {
  return { name: model.name, model: model.name, digest: "", details: describeDetails(model) };
}

/** What Ollama's answers say of a model's files. */
export function describeDetails({ format, precision, architecture, parameters }: OllamaListedModel): Json {
  return {
    parent_model: "",
    format,
    family: architecture ?? "",
    families: architecture === undefined ? [] : [architecture],
    parameter_size: parameters === undefined ? "" : describeParameters(parameters),
    quantization_level: precision,
  };
}

/** As Ollama writes it: 134515008 is 134.52M. */
function describeParameters(parameters: number): string {
  if (parameters >= 1e9) return `${(parameters / 1e9).toFixed(1)}B`;
  return parameters >= 1e6 ? `${(parameters / 1e6).toFixed(2)}M` : `${(parameters / 1e3).toFixed(2)}K`;
}
