import { choice, sequence, shared, text, type GrammarNode } from "./grammar-node.ts";

/** Below that many there is nothing to gain. */
const fewTexts = 8;
/** Beginnings within beginnings; what is left after them is listed. */
const deepest = 64;

/**
 * One of these texts. What several begin with is written once: llama.cpp tries each token against each way in which a text
 * may go on, and a list of thousands would be thousands of ways until the last letter.
 */
export function literalChoice(texts: readonly string[]): GrammarNode {
  const different = [...new Set(texts)];
  if (different.length <= fewTexts) return choice(different.map(text));
  return branch(different.toSorted(), 0, deepest);
}

/** Sorted texts that are alike up to `from`. */
function branch(texts: readonly string[], from: number, depth: number): GrammarNode {
  if (depth === 0) return choice(texts.map((each) => text(each.slice(from))));
  const options: GrammarNode[] = [];
  for (let start = 0; start < texts.length;) {
    const first = texts[start]!;
    const letter = letterAt(first, from);
    let end = start + 1;
    while (end < texts.length && letterAt(texts[end]!, from) === letter) end += 1;
    const to = end - start === 1 ? first.length : commonEnd(first, texts[end - 1]!, from);
    const lead = text(first.slice(from, to));
    options.push(
      end - start === 1 ? lead : shared(sequence(lead, branch(texts.slice(start, end), to, depth - 1))),
    );
    start = end;
  }
  return choice(options);
}

/** A whole character: half of one is no text. Empty where the text has ended. */
function letterAt(value: string, at: number): string {
  const point = value.codePointAt(at);
  return point === undefined ? "" : String.fromCodePoint(point);
}

/** Sorted, the first and the last of several have in common what all have. */
function commonEnd(first: string, last: string, from: number): number {
  let at = from;
  for (let letter = letterAt(first, at); letter !== "" && letter === letterAt(last, at);)
    letter = letterAt(first, (at += letter.length));
  return at;
}
