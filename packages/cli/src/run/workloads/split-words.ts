import { WeirError } from "@weir/protocol";

/** Splits a line into words as a shell does: quotes keep blanks, a backslash keeps the character after it. Throws USAGE. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at]!;
    if (quote !== undefined && character === quote) quote = undefined;
    else if (character === "\\" && quote !== "'" && at + 1 < line.length) {
      at += 1;
      word = (word ?? "") + line[at]!;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= "";
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined)
    throw new WeirError("USAGE", `a quote ${quote} is never closed in ${JSON.stringify(line)}`);
  if (word !== undefined) words.push(word);
  return words;
}
