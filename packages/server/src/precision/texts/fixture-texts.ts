import { everydayTexts } from "./everyday-texts.ts";
import { workingTexts } from "./working-texts.ts";

/**
 * What models and precisions are compared by where nobody names texts: sentences in Weir's own words, most in English, of
 * which many have close and less close relatives, so that a change in the vectors shows as another nearest neighbour.
 */
export const fixtureTexts: readonly string[] = [...everydayTexts, ...workingTexts];

/** Sentences to a passage, in turn: from a line in a search box to a page that is indexed. */
const passageSizes: readonly number[] = [1, 4, 2, 12, 1, 6];

/** Longer texts of the same sentences, as people index them: what speed is measured with. */
export function toPassages(sentences: readonly string[]): readonly string[] {
  const passages: string[] = [];
  let at = 0;
  for (let turn = 0; at < sentences.length; turn++) {
    const size = passageSizes[turn % passageSizes.length]!;
    passages.push(sentences.slice(at, at + size).join(" "));
    at += size;
  }
  return passages;
}
