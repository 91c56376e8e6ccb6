import { chineseCharacters } from "./chinese-characters.ts";
import { deriveWords } from "@weir/engine";

/** In the order of their ids. */
export const specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;

/** What marks a piece that continues a word. */
export const continuation = "##";

/** Frequent ends of English words. */
const wordEnds = (
  "s ed ing ly er ers est ion ions tion tions sion ation ations able ible al ally ial ical ity ities ment ments ness ous " +
  "ious eous ive ives ful less ance ances ence ences ent ents ant ants ary ory ery ic ics ical ism ist ists ize izes ized " +
  "izing ise ised ify ified ate ates ated ating ator ure ures age ages ward wards wise like hood ship dom ette ling th " +
  "ty en ens et ets le les ian ians ine ines ite ites ide ides ish y ies ied eth ght ck"
).split(" ");

const onsets = (
  " b c d f g h j k l m n p r s t v w y z bl br ch cl cr dr fl fr gl gr ph pl pr qu sc sh sk sl sm sn sp st str sw th tr " +
  "tw wh"
).split(" ");
const nuclei = "a e i o u y ai ea ee ia ie io oo ou".split(" ");
const codas = " n r s t l d m c p g b nt nd ng st rs ns ll ss ck ct rt rd rm te ne le re ve se".split(" ");

/** Code points, first and last, of scripts and signs in small letters: each a piece that starts and one that continues. */
const scripts: readonly (readonly [first: number, last: number])[] = [
  [0xa1, 0xbf], // signs of Latin-1
  [0xd7, 0xd7],
  [0xdf, 0xff], // Latin-1
  [0x100, 0x17f], // Latin extended
  [0x250, 0x2af], // phonetic
  [0x3b1, 0x3c9], // Greek
  [0x430, 0x45f], // Cyrillic
  [0x490, 0x493],
  [0x561, 0x586], // Armenian
  [0x5d0, 0x5ea], // Hebrew
  [0x621, 0x64a], // Arabic
  [0x660, 0x669],
  [0x671, 0x6d3],
  [0x904, 0x939], // Devanagari
  [0x93e, 0x940],
  [0x949, 0x94c],
  [0x985, 0x9b9], // Bengali
  [0xa05, 0xa39], // Gurmukhi
  [0xa85, 0xab9], // Gujarati
  [0xb85, 0xbcc], // Tamil
  [0xc05, 0xc39], // Telugu
  [0xc85, 0xcb9], // Kannada
  [0xd05, 0xd4c], // Malayalam
  [0xe01, 0xe33], // Thai
  [0xe40, 0xe46],
  [0x10d0, 0x10f0], // Georgian
  [0x1100, 0x1112], // Hangul, as syllables decompose
  [0x1161, 0x1175],
  [0x11a8, 0x11c2],
  [0x2010, 0x2027], // punctuation
  [0x2030, 0x205e],
  [0x2070, 0x209c], // raised and lowered
  [0x20a0, 0x20bf], // currencies
  [0x2100, 0x214f], // letter-like
  [0x2190, 0x21ff], // arrows
  [0x2200, 0x22ff], // operators
  [0x2500, 0x257f], // boxes
  [0x25a0, 0x26ff], // shapes and signs
  [0x3001, 0x301f], // Chinese and Japanese punctuation
  [0x3041, 0x3096], // Hiragana
  [0x30a1, 0x30fe], // Katakana
  [0xff01, 0xff0f], // full width
  [0xff1a, 0xff20],
  [0x1f300, 0x1f64f], // pictures
];

/**
 * The first `size` pieces of a WordPiece vocabulary for English, with single characters of the main scripts so that
 * [UNK] is rare. Made of nothing but this folder's lists and rules: the same on every machine. Throws a RangeError
 * where `size` is more than there are.
 */
export function createVocabulary(size: number): readonly string[] {
  const pieces = new Set<string>(specialTokens);
  for (const group of listPieces()) {
    for (const piece of group) pieces.add(piece);
    if (pieces.size >= size) return [...pieces].slice(0, size);
  }
  throw new RangeError(`the reference vocabulary has ${pieces.size} pieces, ${size} were asked for`);
}

/** Most useful first. */
function* listPieces(): Generator<Iterable<string>> {
  yield bothWays(smallAscii());
  yield wordEnds.map((end) => continuation + end);
  yield deriveWords();
  yield bothWays(listSyllables([""]));
  yield bothWays(scripts.flatMap(([first, last]) => listCharacters(first, last)));
  yield chineseCharacters;
  for (const coda of codas) yield bothWays(listSyllables([coda]));
}

function bothWays(pieces: readonly string[]): string[] {
  return [...pieces, ...pieces.map((piece) => continuation + piece)];
}

function smallAscii(): string[] {
  return listCharacters(0x21, 0x7e).filter((character) => character < "A" || character > "Z");
}

function listCharacters(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index));
}

function listSyllables(ends: readonly string[]): string[] {
  return onsets.flatMap((onset) => nuclei.flatMap((nucleus) => ends.map((end) => onset + nucleus + end)));
}
