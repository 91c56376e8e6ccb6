import type { ChatDialectName } from "@weir/protocol";
import { describeNames, isEmbeddingModel, readNames } from "./model-names.ts";
import { describeAnswer, readJsonObject, type ProbeAnswer, type ProbeTarget } from "./probe-target.ts";

/** What Anthropic's clients always send. */
export const anthropicVersionHeader: Readonly<Record<string, string>> = { "anthropic-version": "2023-06-01" };

/** What a chat server says of itself before it is asked for a token. */
export interface ChatFacts {
  /** False where the very first request got no answer at all. */
  readonly reachable: boolean;
  /** Dialects in the order in which they are worth trying, the likeliest first. */
  readonly candidates: readonly ChatDialectName[];
  /** The names that the server lists, those of embedding models last. */
  readonly models: readonly string[];
  /** One sentence for each thing that was asked. */
  readonly evidence: readonly string[];
}

/** Asks for lists of models, which differ from dialect to dialect, one after the other. No model works for it. */
export async function readChatFacts(target: ProbeTarget): Promise<ChatFacts> {
  const models = await target.get("/v1/models");
  if (models.kind === "silent") {
    const evidence = [`GET /v1/models: the server ${models.reason}`];
    return { reachable: false, candidates: [], models: [], evidence };
  }
  const dated = await target.get("/v1/models", anthropicVersionHeader);
  const version = await target.get("/api/version");
  const tags = await target.get("/api/tags");

  const listed = readNames(models, "data", "id");
  const listedForAnthropic = isAnthropic(dated) ? readNames(dated, "data", "id") : undefined;
  const tagged = readNames(tags, "models", "name");
  // llama.cpp's server has /api/tags as well, and an /api/chat that answers as OpenAI does; it has no /api/version.
  const isOllama = tagged !== undefined && typeof readJsonObject(version)?.["version"] === "string";
  const names = [...new Set(listed ?? listedForAnthropic ?? tagged)];

  return {
    reachable: true,
    candidates: orderCandidates({
      isOllama,
      speaksAnthropic: isAnthropic(dated),
      isAnthropicOnly: isAnthropic(models),
      listsForOpenAI: listed !== undefined && !isAnthropic(models),
    }),
    models: [...names.filter((name) => !isEmbeddingModel(name)), ...names.filter(isEmbeddingModel)],
    evidence: [
      `GET /v1/models ${describeList(models, listed)}`,
      `GET /v1/models with anthropic-version ${describeList(dated, readNames(dated, "data", "id"))}`,
      `GET /api/version ${describeAnswer(version)}`,
      `GET /api/tags ${describeNames(tags, tagged)}`,
    ],
  };
}

interface Signs {
  readonly isOllama: boolean;
  readonly speaksAnthropic: boolean;
  readonly isAnthropicOnly: boolean;
  readonly listsForOpenAI: boolean;
}

// A server that is nothing but Ollama or Anthropic's is asked in its own words. One that speaks several is asked in
// OpenAI's, the one that most clients use.
function orderCandidates(signs: Signs): readonly ChatDialectName[] {
  const candidates = new Set<ChatDialectName>();
  if (signs.isAnthropicOnly) candidates.add("anthropic");
  if (signs.isOllama && !signs.speaksAnthropic) candidates.add("ollama");
  if (signs.listsForOpenAI) candidates.add("openai");
  for (const dialect of ["openai", "anthropic", "ollama"] as const) candidates.add(dialect);
  return [...candidates];
}

/** A list, or an error, in Anthropic's shape. */
function isAnthropic(answer: ProbeAnswer): boolean {
  const body = answer.kind === "answered" ? readJsonObject({ ...answer, status: 200 }) : undefined;
  if (body === undefined) return false;
  if (body["type"] === "error" && typeof body["error"] === "object") return true;
  return Array.isArray(body["data"]) && typeof body["has_more"] === "boolean" && body["object"] === undefined;
}

function describeList(answer: ProbeAnswer, names: readonly string[] | undefined): string {
  return `${describeNames(answer, names)}${isAnthropic(answer) ? " as Anthropic does" : ""}`;
}
