import { deriveWords } from "@weir/engine";
import { codeWords, signRuns, wordPrefixes } from "./code-words.ts";

/** Parts that many words share: what they are built of. */
const wordParts = (
  "th in er on an re en at ou ed es or ti st ar nd it al to ng ing ion tion ation er ers est ly ment ness ous ful less " +
  "able ible ive ity ies ism ist ize ise age ance ence ent ant ary ory ic ical ure ate ated ating ator ward ship com con " +
  "pro pre per dis mis sub inter trans over under un de ex im ch sh ph ck ll ss tt ee oo ea ai ie qu"
).split(" ");

const onsets = (
  " b c d f g h j k l m n p r s t v w y z bl br ch cl cr dr fl fr gl gr ph pl pr qu sc sh sk sl sm sn sp st str sw th tr " +
  "tw wh"
).split(" ");
const nuclei = "a e i o u y ai ea ee ia ie io oo ou".split(" ");
const codas = " n r s t l d m c p g b x nt nd ng st rs ns ll ss ck ct rt rd rm te ne le re ve se".split(" ");

/** Code points, first and last, of signs and scripts beside ASCII. */
const scripts: readonly (readonly [first: number, last: number])[] = [
  [0xa1, 0x17f], // Latin
  [0x391, 0x3c9], // Greek
  [0x410, 0x45f], // Cyrillic
  [0x5d0, 0x5ea], // Hebrew
  [0x621, 0x64a], // Arabic
  [0x904, 0x939], // Devanagari
  [0x2010, 0x2027], // punctuation
  [0x20a0, 0x20bf], // currencies
  [0x2190, 0x21d5], // arrows
  [0x2200, 0x226b], // mathematics
  [0x2500, 0x257f], // boxes
  [0x25a0, 0x25ff],
  [0x2600, 0x2653], // pictures
  [0x2705, 0x2764],
  [0x3001, 0x3011],
  [0x3041, 0x30ff], // kana
  [0x1f300, 0x1f64f], // emoji
];

/** Signs that a line ends with: cut together with its end. */
const lineEnds =
  `, ; { } ( ) [ ] : . ! ? > < ); }; }, }); ], ]; => (); */ */ /> "> ", '); "); ', "] "} = + && ||`.split(
    " ",
  );

const singleSigns = "{}()[]<>|&=+-*/%^~!?:;,.#$@_\\`'\"".split("");

/** Marks of contractions, which are cut off their word. */
const contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "’s", "’t", "’re", "’ve", "’ll"];

/** Words whose forms with a capital are of use. */
const capitalizedWords = 7000;

/** The pieces of text that are to be one token each, most useful first. More than any vocabulary has room for. */
export function* listPieces(): Generator<string> {
  const words = deriveWords();
  yield* wordParts;
  yield* contractions;
  yield* bothWays(words.slice(0, 300));
  yield* listSpaces();
  yield* signRuns;
  for (const sign of [...singleSigns, ...signRuns]) yield ` ${sign}`;
  for (const sign of lineEnds) yield* bothWays([`${sign}\n`, `${sign}\n\n`]);
  yield* bothWays(codeWords);
  yield* bothWays(words);
  for (const word of words.slice(0, 300)) yield* bothWays([capitalize(word)]);
  for (const word of codeWords) for (const prefix of wordPrefixes) yield prefix + word;
  for (const word of codeWords) yield* [capitalize(word), word.toUpperCase()];
  for (const [first, last] of scripts) {
    for (let code = first; code <= last; code++) yield String.fromCodePoint(code);
  }
  yield* bothWays(words.slice(0, capitalizedWords).map(capitalize));
  // What other words are cut into: only behind all known words, or these would not be found whole.
  for (const coda of codas) {
    yield* bothWays(onsets.flatMap((onset) => nuclei.map((nucleus) => onset + nucleus + coda)));
  }
}

/** As words stand in a text, with the space before them, and at its beginning or behind a sign. */
function* bothWays(words: readonly string[]): Generator<string> {
  for (const word of words) {
    yield word;
    yield ` ${word}`;
  }
}

/** Indents and empty lines. */
function* listSpaces(): Generator<string> {
  for (const [sign, longest] of [
    [" ", 48],
    ["\n", 4],
    ["\t", 8],
  ] as const) {
    for (let length = 2; length <= longest; length++) yield sign.repeat(length);
  }
  yield "\r\n";
}

function capitalize(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
