import { WeirError } from "@weir/protocol";
import { createRandom } from "@weir/stats";
import type { ChatPrompt } from "./chat-plan.ts";

// Common English words, each one token behind a blank in the byte-pair vocabularies of GPT-2, cl100k, o200k, Llama 3
// and Qwen.
const words: readonly string[] = (
  "the of and to in is that for it as was with be by on not he his but at are this have from or had an they " +
  "which one you were all her she there would their we him been has when who will no more if out so up said what its " +
  "about than into them can only other time new some could these two may first then do any like my now over such our " +
  "man me even most made after also did many off before must well back through years where much your way down should " +
  "because long each just state those people too how little good world make very year still see own work men day get " +
  "here old life both between being under three never know same last another while us might great go come since against " +
  "right came take used himself few house use place during high without again home around small however found part " +
  "school once general upon say every war don does got left number course until always away something fact water less " +
  "public put think almost hand enough far took head yet better set told nothing night end why called find going look " +
  "asked later point knew next city business give group toward young days let room within side social given present " +
  "order national second possible rather per face among form important often things looked early white large case big"
).split(" ");

/**
 * Prompts of one user message, the same for the same options. A prompt has as many words as it is to have tokens: each
 * word is one token in common vocabularies. What the server adds to it (its chat template, usually 5 to 30 tokens) and a
 * cache-buster (about 5) come on top: the server's own count is what a run reports. Throws USAGE for numbers below 1.
 */
export function createSyntheticPrompts(options: {
  /** Whole number >= 1. */
  readonly inputTokens: number;
  /** How many different ones. Whole number >= 1. */
  readonly count: number;
  /** Whole number >= 0. */
  readonly seed: number;
}): ChatPrompt[] {
  const { inputTokens, count, seed } = options;
  for (const [name, value] of Object.entries({ inputTokens, count }))
    if (!(Number.isSafeInteger(value) && value >= 1))
      throw new WeirError("USAGE", `${name} must be a whole number from 1 on, got ${value}`);
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const text = Array.from({ length: inputTokens }, () => words[Math.floor(random() * words.length)]!);
    return { messages: [{ role: "user", parts: [{ kind: "text", text: text.join(" ") }] }] };
  });
}
