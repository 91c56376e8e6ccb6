import { embeddingDialects, WeirError, type EmbeddingDialectName } from "@weir/protocol";
import { askEmbedding, type AskedEmbedding } from "./ask-embedding.ts";
import { createProbeTarget, type ProbeOptions, type ProbeTarget } from "./probe-target.ts";
import { readFacts, type TargetFacts } from "./read-facts.ts";

export interface DetectedDialect {
  readonly dialect: EmbeddingDialectName;
  /** The name to send; undefined where the server lists none and the dialect needs none. */
  readonly model: string | undefined;
  /** Length of the vector that the probe got. */
  readonly dimensions: number;
  /** What was asked and what came back, one sentence each. The last one says what was chosen. */
  readonly evidence: readonly string[];
}

/**
 * Finds out which embedding API a server speaks: what it says of itself, then one short text. Throws
 * TARGET_UNREACHABLE where nothing answers in time or the server is not ready, TARGET_UNKNOWN where no API works, both
 * with everything that was tried,
 * CANCELLED where the signal aborts, USAGE where the URL is none.
 */
export async function detectEmbeddingDialect(
  url: string,
  options: ProbeOptions = {},
): Promise<DetectedDialect> {
  const target = createProbeTarget(url, options);
  const facts = await readFacts(target);
  if (!facts.reachable) throw unreachable(target.url, facts.evidence);
  return chooseDialect(target, facts, options.model);
}

/**
 * The model to ask where the dialect is known: the first that the server lists, those of embedding models first. Nothing
 * but lists is asked for. Throws TARGET_UNREACHABLE where nothing answers, USAGE where the dialect needs a model and none
 * is listed, CANCELLED and USAGE as above.
 */
export async function findEmbeddingModel(
  url: string,
  dialect: EmbeddingDialectName,
  options: ProbeOptions = {},
): Promise<Pick<DetectedDialect, "model" | "evidence">> {
  const target = createProbeTarget(url, options);
  const { reachable, models, evidence } = await readFacts(target);
  if (!reachable) throw unreachable(target.url, evidence);
  const [model] = models;
  if (model === undefined && dialect === "ollama") {
    const asked = evidence.join("; ");
    throw new WeirError(
      "USAGE",
      `--model: expected a model's name for the dialect ollama, got none, and ${target.url} lists none. Asked: ${asked}.`,
    );
  }
  const others = models.length > 1 ? ` (of ${models.length}; name another with --model)` : "";
  const choice = model === undefined ? "the server lists no model" : `model ${model}${others}`;
  return { model, evidence: [...evidence, `chose ${choice}, ${dialect} as given`] };
}

function unreachable(url: string, evidence: readonly string[]): WeirError {
  return new WeirError("TARGET_UNREACHABLE", `no server answers at ${url}. ${evidence.join("; ")}.`);
}

/** The first candidate that embeds one text. */
async function chooseDialect(
  target: ProbeTarget,
  facts: TargetFacts,
  givenModel: string | undefined,
): Promise<DetectedDialect> {
  const evidence = [...facts.evidence];
  const refusals: AskedEmbedding[] = [];
  const model = givenModel ?? facts.models[0];
  for (const dialect of facts.candidates) {
    const asked = await askEmbedding(target, dialect, model, ["weir"]);
    const { path } = embeddingDialects[dialect];
    evidence.push(`POST ${path} (${dialect}) ${describeAsked(asked)}`);
    if (asked.kind === "embedded") {
      const { dimensions } = asked.received.vectors;
      evidence.push(describeChoice(dialect, model, givenModel, facts.models));
      return { dialect, model, dimensions, evidence };
    }
    refusals.push(asked);
    // A server that hangs once would hang on every other path too, for a timeout each.
    if (asked.kind === "silent") break;
  }
  throw toFailure(target.url, refusals, evidence);
}

/** A server that says why it refuses is better quoted than called unknown. */
function toFailure(url: string, refusals: readonly AskedEmbedding[], evidence: readonly string[]): WeirError {
  const tried = `Tried: ${evidence.join("; ")}.`;
  const unready = refusals.find((asked) => asked.kind === "refused" && asked.status === 503);
  if (unready !== undefined) {
    const message = `${url} cannot embed now: it ${describeAsked(unready)}. Wait until it is ready. ${tried}`;
    return new WeirError("TARGET_UNREACHABLE", message);
  }
  if (refusals.some((asked) => asked.kind === "silent")) {
    return new WeirError("TARGET_UNREACHABLE", `${url} answers, but does not embed in time. ${tried}`);
  }
  if (refusals.some((asked) => asked.kind === "refused" && (asked.status === 401 || asked.status === 403))) {
    return new WeirError("TARGET_UNKNOWN", `${url} wants a key: give one with --key-env NAME. ${tried}`);
  }
  return new WeirError(
    "TARGET_UNKNOWN",
    `${url} answers, but none of the embedding APIs works there. ${tried}`,
  );
}

export function describeAsked(asked: AskedEmbedding): string {
  switch (asked.kind) {
    case "embedded":
      return `embedded one text as ${asked.received.vectors.dimensions} values`;
    case "invalid":
      return `answered 200, but not with embeddings: ${asked.reason}`;
    case "refused":
      return asked.status === undefined ? `was not sent: ${asked.reason}` : asked.reason;
    case "silent":
      return asked.reason;
  }
}

function describeChoice(
  dialect: EmbeddingDialectName,
  model: string | undefined,
  givenModel: string | undefined,
  listed: readonly string[],
): string {
  if (model === undefined) return `chose ${dialect}`;
  if (givenModel !== undefined) return `chose ${dialect}, model ${model} as given`;
  const others = listed.length > 1 ? ` (of ${listed.length}; name another with --model)` : "";
  return `chose ${dialect}, model ${model}${others}`;
}
