import type { GgufTensor } from "../gguf/gguf-values.ts";
import type { ChatShape } from "./chat-shape.ts";
import type { ChatTokenizer } from "./tokenizer/create-tokenizer.ts";
import { tableDeviation, type Spread } from "./seeded-weights.ts";

/** Standard deviation of logits: the likeliest of the vocabulary's tokens then are as far apart as trained ones about are. */
const logitDeviation = 5;
/** Deviation of queries and keys: attention looks at a few places, so that what is written depends on what was. */
const sharpness = 1.8;
/** Share of the layers' sum in the last state, as variance over that of the embedding. */
const layersOverEmbedding = 2;
/** By how much words are likelier than marks and parts of letters. */
const wordLead = 10;
/** Rows of tokens that are never to be written are so much smaller. */
const mutedFactor = 1 / 8;
/** And those of text that is seldom written: signs, and parts of words that are joined to the word before. */
const seldomFactor = 1 / 2;

const largestStep = 127;

/**
 * Spreads of weights with which a network of any depth behaves as a trained one does, but for sense: no number overflows,
 * and what is likely depends on the text before. Three things keep the output from degenerating. The last
 * norm has random signs, or a token would always be likeliest to follow itself, as embeddings are the output layer too.
 * The first number of all embeddings is the same and no layer changes it, so that it can raise the rows that are large: those of
 * words with the space before them. A trained model writes the tokens that its tokenizer makes of what it wrote; one that chose among
 * all tokens would write texts that are cut differently when they come back in the next turn. The layers' sum is as large as the embedding, not larger: differences of rounding
 * are not blown up from layer to layer.
 */
export function chooseSpread(
  tensor: GgufTensor,
  shape: ChatShape,
  { printable, spacedWords }: Pick<ChatTokenizer, "printable" | "spacedWords">,
): Spread {
  const { name, dims, type } = tensor;
  const state = shape.architecture === "gemma" ? Math.sqrt(shape.width) : 1;
  const addition = state * Math.sqrt(layersOverEmbedding / (2 * shape.layers));
  if (name === "token_embd.weight") {
    return {
      deviation: 1,
      first: largestStep,
      rowFactor: (row) =>
        spacedWords[row] === true ? 1 : printable[row] === true ? seldomFactor : mutedFactor,
    };
  }
  if (name === "output_norm.weight") {
    const mean = logitDeviation / Math.sqrt(shape.width);
    const first = largestStep / tableDeviation;
    const lead = (wordLead * Math.sqrt(1 + layersOverEmbedding)) / first ** 2;
    return { mean, deviation: mean / 20, signed: true, first: lead };
  }
  // The first number is the same for all tokens and tells layers nothing.
  if (name.endsWith("norm.weight")) return { mean: 1, deviation: 0.05, first: 0 };
  if (type === "f32") return { deviation: 0.05 };
  const gain = 1 / Math.sqrt(dims[0]!);
  const kept = (row: number): number => (row === 0 ? 0 : 1);
  if (/attn_[qk]/.test(name)) return { deviation: sharpness * gain };
  // Attention averages over places, and the gate halves: both come out smaller than they go in.
  if (name.endsWith("attn_output.weight")) return { deviation: 4 * addition * gain, rowFactor: kept };
  if (name.endsWith("ffn_down.weight")) return { deviation: 1.7 * addition * gain, rowFactor: kept };
  return { deviation: gain };
}
