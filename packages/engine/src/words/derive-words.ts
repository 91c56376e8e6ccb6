import { adjectives, nouns, plainWords, verbs } from "./english-words.ts";

/**
 * Every word of the lists, then their regular forms: first those of one kind for all words, then those of the next, so
 * that a shorter vocabulary loses the rarest forms.
 */
export function deriveWords(): string[] {
  const bare = (word: string): string => word.replace("*", "");
  const words = [plainWords, verbs, nouns, adjectives].flatMap((list) => list.map(bare));
  const forms = [
    nouns.map((noun) => addS(bare(noun))),
    verbs.map((verb) => addEnding(verb, "ed")),
    verbs.map((verb) => addEnding(verb, "ing")),
    verbs.map((verb) => addS(bare(verb))),
    adjectives.map((adjective) => addLy(bare(adjective))),
    verbs.map((verb) => addEnding(verb, "er")),
    verbs.map((verb) => addEnding(verb, "able")),
    verbs.map((verb) => `re${bare(verb)}`),
    adjectives.map((adjective) => addEnding(adjective, "er")),
    adjectives.map((adjective) => addEnding(adjective, "est")),
    adjectives.map((adjective) => bare(adjective).replace(/y$/, "i") + "ness"),
    adjectives.map((adjective) => `un${bare(adjective)}`),
    verbs.map((verb) => addS(addEnding(verb, "er"))),
  ];
  return [...new Set([...words, ...forms.flat()])];
}

function addS(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

function addLy(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ily`;
  if (/[^aeiou]le$/.test(word)) return `${word.slice(0, -1)}y`;
  return word.endsWith("ic") && word !== "public" ? `${word}ally` : `${word}ly`;
}

/** Adds an ending that begins with a vowel; a star in the word doubles its last letter. */
function addEnding(word: string, ending: string): string {
  if (word.endsWith("*")) return word.slice(0, -1) + word.at(-2)! + ending;
  if (word.endsWith("ie") && ending === "ing") return `${word.slice(0, -2)}y${ending}`;
  if (word.endsWith("ee") && ending !== "ed") return word + ending;
  if (word.endsWith("e")) return word.slice(0, -1) + ending;
  if (/[^aeiou]y$/.test(word) && ending !== "ing") return `${word.slice(0, -1)}i${ending}`;
  return word + ending;
}
