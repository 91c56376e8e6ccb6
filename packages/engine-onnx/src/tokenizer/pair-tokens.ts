import type { Tokenizer } from "@huggingface/tokenizers";
import type { PairTokens } from "@weir/engine";

/**
 * What a tokenizer puts around a pair of texts, found by comparing a pair with its texts: `[CLS] a [SEP] b [SEP]` of BERT,
 * `<s> a </s></s> b </s>` of RoBERTa. Undefined where it puts nothing between two texts: nobody could tell them apart.
 */
export function findPairTokens(tokenizer: Tokenizer): PairTokens | undefined {
  const { ids: bare } = tokenizer.encode("a", { add_special_tokens: false });
  const { ids, token_type_ids: types } = tokenizer.encode("a", {
    text_pair: "a",
    add_special_tokens: true,
    return_token_type_ids: true,
  });
  const first = findRun(ids, bare, 0);
  if (first === -1) return undefined;
  const second = findRun(ids, bare, first + bare.length);
  if (second <= first + bare.length) return undefined;
  const border = types.indexOf(1);
  return {
    prefix: ids.slice(0, first),
    middle: ids.slice(first + bare.length, second),
    suffix: ids.slice(second + bare.length),
    firstOfMiddle: border === -1 ? undefined : border - first - bare.length,
  };
}

/** Where `run` stands in `ids`, from `start` on; -1 where it does not. */
function findRun(ids: readonly number[], run: readonly number[], start: number): number {
  for (let at = start; at + run.length <= ids.length; at++) {
    if (run.every((id, index) => ids[at + index] === id)) return at;
  }
  return -1;
}
