// Some are not ASCII and some need escapes: a reader that cuts bytes wrongly is to show it.
const words = [
  " the",
  " weir",
  " holds",
  " the",
  " river",
  ",",
  " Gewässer",
  " 河",
  ' "and"',
  " measures",
  " it",
  ".\n",
];

/** The text of token `index` of every answer. */
function tokenText(index: number): string {
  return words[index % words.length]!;
}

/** The text of so many tokens from `first` on. */
export function tokensText(first: number, count: number): string {
  let text = "";
  for (let index = first; index < first + count; index += 1) text += tokenText(index);
  return text;
}

/** Tokens of a text by the mock's own count: one for every four characters begun. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
