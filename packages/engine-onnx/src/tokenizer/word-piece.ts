/** What of a tokenizer's WordPiece model is used here. */
export interface WordPieceModel {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token?: string;
  readonly max_input_chars_per_word: number;
  readonly config: { readonly continuing_subword_prefix?: string };
}

/** Words whose pieces are kept, and how long they may be: most of a text is words that came before. */
const mostWords = 8_192;
const mostWordUnits = 32;

/**
 * Words to their pieces as WordPiece has them: the longest piece that a word begins with, then the longest that the rest
 * begins with; a word with a rest that no piece begins is unknown as a whole. Gives what the library's own function gives,
 * which looks for a piece of each length up to the whole rest, however long pieces are: of words of a hundred letters that
 * end in an unknown one, a text of 25 KB took it most of a second, and a request of 40 the replica's life.
 */
export function createWordPieceEncoder(model: WordPieceModel): (words: readonly string[]) => string[] {
  const { tokens_to_ids: vocabulary, unk_token: unknown = "[UNK]" } = model;
  const { continuing_subword_prefix: prefix = "##" } = model.config;
  let longest = 1;
  for (const piece of vocabulary.keys()) longest = Math.max(longest, piece.length);
  const known = new Map<string, readonly string[]>();

  function cut(word: string): readonly string[] {
    if (
      word.length > model.max_input_chars_per_word &&
      Array.from(word).length > model.max_input_chars_per_word
    )
      return [unknown];
    const pieces: string[] = [];
    for (let start = 0; start < word.length;) {
      const lead = start > 0 ? prefix : "";
      let end = Math.min(word.length, start + longest);
      while (end > start && !vocabulary.has(lead + word.slice(start, end))) end--;
      if (end === start) return [unknown];
      pieces.push(lead + word.slice(start, end));
      start = end;
    }
    return pieces;
  }

  return (words) => {
    const pieces: string[] = [];
    for (const word of words) {
      let own = known.get(word);
      if (own === undefined) {
        own = cut(word);
        if (known.size >= mostWords) known.clear();
        if (word.length <= mostWordUnits) known.set(word, own);
      }
      for (const piece of own) pieces.push(piece);
    }
    return pieces;
  };
}
