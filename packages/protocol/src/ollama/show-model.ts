import { readBody, readField, readRequiredString } from "../fields/read-fields.ts";
import { describeDetails, type OllamaListedModel } from "./encode-models.ts";

/** A model that a client wants to know all about. */
export interface OllamaShownModel extends OllamaListedModel {
  /** What it can do, in Ollama's words: `embedding`, `completion`, `tools`. */
  readonly capabilities: readonly string[];
  /** Length of its vectors; undefined where it gives none. */
  readonly dimensions: number | undefined;
  /** Longest input in tokens; undefined where another server computes and does not say. */
  readonly maxTokens: number | undefined;
}

/** POST /api/show: the name asked for, which older clients call `name`. Throws INVALID_REQUEST. */
export function parseOllamaShowRequest(body: unknown): string {
  const fields = readBody(body);
  const field = readField(fields, "model") === undefined ? "name" : "model";
  if (readField(fields, field) === undefined) {
    return readRequiredString(fields, "model", "Name the model; GET /api/tags lists them.");
  }
  return readRequiredString(fields, field, "Name the model; GET /api/tags lists them.");
}

/**
 * `{"modelfile","parameters","template","details","model_info","capabilities","modified_at"}`. Clients look for a
 * length under the architecture's name, e.g. `bert.context_length`. What models here do not have is empty.
 */
export function encodeOllamaModel(model: OllamaShownModel): Readonly<Record<string, unknown>> {
  const architecture = model.architecture ?? "unknown";
  return {
    license: "",
    modelfile: "",
    parameters: "",
    template: "",
    system: "",
    details: describeDetails(model),
    model_info: {
      "general.architecture": architecture,
      "general.basename": model.name,
      ...(model.maxTokens === undefined ? {} : { [`${architecture}.context_length`]: model.maxTokens }),
      ...(model.dimensions === undefined ? {} : { [`${architecture}.embedding_length`]: model.dimensions }),
      ...(model.parameters === undefined ? {} : { "general.parameter_count": model.parameters }),
    },
    capabilities: model.capabilities,
    modified_at: model.modifiedAt.toISOString(),
  };
}
