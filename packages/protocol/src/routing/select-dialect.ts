import { isFields, readField } from "../fields/read-fields.ts";

/**
 * POST /embed is the sidecar's and TEI's. A body with `inputs` and no `texts` is TEI's, every other one the sidecar's,
 * whose error message then names both fields.
 */
export function selectEmbedDialect(body: unknown): "sidecar" | "tei" {
  if (!isFields(body)) return "sidecar";
  const isTei = readField(body, "texts") === undefined && readField(body, "inputs") !== undefined;
  return isTei ? "tei" : "sidecar";
}

/** GET /v1/models is OpenAI's and Anthropic's. Anthropic's clients always send their version header. */
export function selectModelsDialect(anthropicVersion: string | undefined): "openai" | "anthropic" {
  return anthropicVersion === undefined ? "openai" : "anthropic";
}

/**
 * GET / is JSON for clients whose Accept header names application/json, and Ollama's plain text for all others:
 * Ollama's clients take that text as the sign of life.
 */
export function selectRootAnswer(accept: string | undefined): "json" | "ollama-text" {
  return accept?.split(",").some(acceptsJson) ? "json" : "ollama-text";
}

/** What GET / says to Ollama's clients. */
export const ollamaRootText = "Ollama is running";

function acceptsJson(range: string): boolean {
  const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
  return type === "application/json" && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
}
