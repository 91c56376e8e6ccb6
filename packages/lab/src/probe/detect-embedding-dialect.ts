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
 * TARGET_UNREACHABLE where nothing answers, TARGET_UNKNOWN with everything that was tried where no API works,
 * CANCELLED where the signal aborts, USAGE where the URL is none.
 */
export async function detectEmbeddingDialect(
  url: string,
  options: ProbeOptions = {},
): Promise<DetectedDialect> {
  const target = createProbeTarget(url, options);
  const facts = await readFacts(target);
  if (!facts.reachable) {
    const what = facts.evidence.join("; ");
    throw new WeirError("TARGET_UNREACHABLE", `no server answers at ${target.url}. ${what}.`);
  }
  return chooseDialect(target, facts, options.model);
}

/** The first candidate that embeds one text. */
async function chooseDialect(
  target: ProbeTarget,
  facts: TargetFacts,
  givenModel: string | undefined,
): Promise<DetectedDialect> {
  const evidence = [...facts.evidence];
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
    // A server that hangs once would hang on every other path too, for a timeout each.
    if (asked.kind === "silent") break;
  }
  throw new WeirError(
    "TARGET_UNKNOWN",
    `${target.url} answers, but none of the embedding APIs works there. Tried: ${evidence.join("; ")}. ` +
      "Name the API with --dialect and the model with --model, and give a key if the server wants one.",
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
