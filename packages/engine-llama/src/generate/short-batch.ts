import { readNumberFact, readTextFact, type GgufFacts } from "../llama/gguf-facts.ts";

/** From so many tokens on llama.cpp computes the attention of a batch on a processor in blocks, below it token by token. */
const blockTokens = 64;

/** What remembered tokens cost in attention in blocks, where they cost 1 token by token. Measured: 3.7 of 12 ms. */
const blockShare = 0.31;

/**
 * What the matrices of a layer cost for one token, in remembered tokens of attention, for each weight of the layer over the
 * width of its heads. Measured: 2 ms of matrices where 1,772 remembered tokens take 12, at 6,144 weights.
 */
const costOfWeights = 0.048;

/**
 * How many tokens that are there already are better computed once more, so that a short end of a prompt is computed in blocks. Of a
 * small model with 1,772 remembered tokens 63 new ones took 868 ms by themselves, and 363 ms with the one before them.
 * @param count tokens of the batch
 * @param position tokens before it
 * @param matrixCost of {@link readMatrixCost}
 */
export function countRepeated(count: number, position: number, matrixCost: number): number {
  const repeated = blockTokens - count;
  if (repeated <= 0 || repeated > position) return 0;
  const remembered = position + count;
  const alone = count * (matrixCost + remembered);
  const inBlocks = blockTokens * (matrixCost + blockShare * remembered);
  return inBlocks < alone ? repeated : 0;
}

/**
 * What the matrices of a model cost for one token, in remembered tokens of attention; undefined where the file does not say
 * enough, or where its layers are not alike.
 */
export function readMatrixCost(facts: GgufFacts): number | undefined {
  const architecture = readTextFact(facts, "general.architecture") ?? "";
  const number = (key: string): number | undefined => readNumberFact(facts, `${architecture}.${key}`);
  const width = number("embedding_length");
  const heads = number("attention.head_count");
  const inner = number("expert_feed_forward_length") ?? number("feed_forward_length");
  if (width === undefined || heads === undefined || inner === undefined) return undefined;
  const kvHeads = number("attention.head_count_kv") ?? heads;
  const headsWidth = heads * (number("attention.key_length") ?? width / heads);
  const attention = 2 * width * headsWidth * (1 + kvHeads / heads);
  const feedForward = 3 * width * inner * (number("expert_used_count") ?? 1);
  return (costOfWeights * (attention + feedForward)) / headsWidth;
}
