/** Two tokens that are joined, by id. */
type Merge = readonly [left: number, right: number];

export interface MergeTable {
  /** By id. */
  readonly tokens: readonly string[];
  /** The first is the first to be applied. */
  readonly merges: readonly Merge[];
  /** Makes a piece one token with as few new merges as it takes, unless there is no room for their tokens. */
  add(piece: string): void;
  /** The tokens that a piece is cut into. */
  encode(piece: string): number[];
}

const idLimit = 2 ** 20;

/**
 * Grows a byte-pair tokenizer piece by piece, not from counts of a text. What was added stays one token: merges added
 * later come later, and until a piece is whole there always is an earlier one to apply.
 * `initial` are the tokens that there are without merges; those of one letter are what pieces are made of.
 */
export function createMergeTable(initial: readonly string[], size: number): MergeTable {
  const tokens = [...initial];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: Merge[] = [];
  /** Rank and token by pair. */
  const known = new Map<number, { readonly rank: number; readonly id: number }>();

  /** Applies merges, the first first, until none is left to apply. */
  const reduce = (parts: number[]): number[] => {
    for (;;) {
      let best: { readonly rank: number; readonly id: number } | undefined;
      let place = -1;
      for (let index = 0; index + 1 < parts.length; index++) {
        const found = known.get(parts[index]! * idLimit + parts[index + 1]!);
        if (found !== undefined && (best === undefined || found.rank < best.rank)) {
          best = found;
          place = index;
        }
      }
      if (best === undefined) return parts;
      parts.splice(place, 2, best.id);
    }
  };

  const encode = (piece: string): number[] => reduce(Array.from(piece, (letter) => ids.get(letter)!));

  const join = (left: number, right: number): void => {
    const token = tokens[left]! + tokens[right]!;
    let id = ids.get(token);
    if (id === undefined) {
      id = tokens.push(token) - 1;
      ids.set(token, id);
    }
    known.set(left * idLimit + right, { rank: merges.length, id });
    merges.push([left, right]);
  };

  return {
    tokens,
    merges,
    encode,
    add(piece) {
      const parts = encode(piece);
      if (tokens.length + parts.length - 1 > size) return;
      // The leading space last: what is behind it is of use without it too.
      const first = piece.charCodeAt(0) === spaceLetter ? 1 : 0;
      while (parts.length > 1) {
        const place = parts.length > 2 ? first : 0;
        join(parts[place]!, parts[place + 1]!);
        reduce(parts);
      }
    },
  };
}

/** Ġ, which stands for a space. */
const spaceLetter = 0x120;
