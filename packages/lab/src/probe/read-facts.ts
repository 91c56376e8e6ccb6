import type { EmbeddingDialectName } from "@weir/protocol";
import { describeNames, isEmbeddingModel, readNames } from "./model-names.ts";
import { describeAnswer, readJsonObject, type ProbeAnswer, type ProbeTarget } from "./probe-target.ts";

/** What a server says of itself before anything is embedded. */
export interface TargetFacts {
  /** False where the very first request got no answer at all. */
  readonly reachable: boolean;
  /** Dialects in the order in which they are worth trying, the likeliest first. */
  readonly candidates: readonly EmbeddingDialectName[];
  /** The names that the server lists, those of embedding models first. */
  readonly models: readonly string[];
  /** Length of its vectors, where it says so. */
  readonly dimensions: number | undefined;
  /** One sentence for each thing that was asked. */
  readonly evidence: readonly string[];
}

/** Asks the paths that tell the servers apart, one after the other. */
export async function readFacts(target: ProbeTarget): Promise<TargetFacts> {
  const info = await target.get("/info");
  if (info.kind === "silent") {
    const evidence = [`GET /info: the server ${info.reason}`];
    return { reachable: false, candidates: [], models: [], dimensions: undefined, evidence };
  }
  const models = await target.get("/v1/models");
  const version = await target.get("/api/version");
  const tags = await target.get("/api/tags");

  const { isTei, isSidecar, dimensions, modelName } = readInfo(info);
  const listed = readNames(models, "data", "id");
  const tagged = readNames(tags, "models", "name");
  const isOllama = typeof readJsonObject(version)?.["version"] === "string" || tagged !== undefined;

  // One that is nothing but TEI or Ollama is asked in its own words. One that speaks several is asked in OpenAI's, the
  // only dialect with compact vectors.
  const speaksSeveral = isTei && isSidecar;
  const candidates = new Set<EmbeddingDialectName>();
  if (isTei && !speaksSeveral) candidates.add("tei");
  if (isOllama && !speaksSeveral) candidates.add("ollama");
  if (listed !== undefined) candidates.add("openai");
  if (isSidecar) candidates.add("sidecar");
  for (const dialect of ["openai", "tei", "sidecar", "ollama"] as const) candidates.add(dialect);

  return {
    reachable: true,
    candidates: [...candidates],
    models: sortByFit([
      ...new Set([...(listed ?? tagged ?? []), ...(modelName === undefined ? [] : [modelName])]),
    ]),
    dimensions,
    evidence: [
      `GET /info ${describeInfo(info, isTei, isSidecar)}`,
      `GET /v1/models ${describeNames(models, listed)}`,
      `GET /api/version ${describeAnswer(version)}`,
      `GET /api/tags ${describeNames(tags, tagged)}`,
    ],
  };
}

interface InfoFacts {
  readonly isTei: boolean;
  readonly isSidecar: boolean;
  readonly dimensions: number | undefined;
  readonly modelName: string | undefined;
}

function readInfo(answer: ProbeAnswer): InfoFacts {
  const info = readJsonObject(answer) ?? {};
  const { dim, model_id: modelName } = info;
  return {
    isTei: typeof info["model_type"] === "object" && info["model_type"] !== null,
    isSidecar: typeof dim === "number",
    dimensions: typeof dim === "number" ? dim : undefined,
    modelName: typeof modelName === "string" ? modelName : undefined,
  };
}

function describeInfo(answer: ProbeAnswer, isTei: boolean, isSidecar: boolean): string {
  const fields = [isSidecar ? "the sidecar" : "", isTei ? "TEI" : ""].filter((name) => name !== "");
  const suffix = fields.length === 0 ? "" : ` with the fields of ${fields.join(" and ")}`;
  return `${describeAnswer(answer)}${suffix}`;
}

/** Servers list chat models too. */
function sortByFit(names: readonly string[]): readonly string[] {
  return [...names.filter(isEmbeddingModel), ...names.filter((name) => !isEmbeddingModel(name))];
}
