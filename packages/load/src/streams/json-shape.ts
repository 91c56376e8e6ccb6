/**
 * What is looked for in a JSON text. The scanner walks the text along this tree and skips what it does not name, so a
 * shape says where a thing has to stand: a `content` inside of log probabilities is not the answer's.
 */
export type JsonShape =
  /** An object's members, by name. */
  | { readonly kind: "members"; readonly byLength: readonly (readonly JsonMember[] | undefined)[] }
  /** A list whose items are all of one shape. */
  | { readonly kind: "items"; readonly item: JsonShape }
  /** Sets the flag for a string, list or object that is not empty. */
  | { readonly kind: "filled"; readonly flag: number }
  /** Sets the flag for anything but null, false, zero, and a string, list or object that is empty. */
  | { readonly kind: "truthy"; readonly flag: number }
  /** Sets the flag for exactly this string. */
  | { readonly kind: "word"; readonly words: readonly JsonWord[] }
  /** Keeps a number in this place; of several the largest. */
  | { readonly kind: "number"; readonly place: number };

interface JsonMember {
  readonly name: Uint8Array;
  readonly shape: JsonShape;
}

interface JsonWord {
  readonly text: Uint8Array;
  readonly flag: number;
}

/** Names with escapes in them are not recognised; none of those that are looked for need any. */
export function members(shapes: Readonly<Record<string, JsonShape>>): JsonShape {
  const byLength: JsonMember[][] = [];
  for (const [text, shape] of Object.entries(shapes)) {
    const name = new TextEncoder().encode(text);
    (byLength[name.length] ??= []).push({ name, shape });
  }
  return { kind: "members", byLength: Array.from(byLength) };
}

export function items(item: JsonShape): JsonShape {
  return { kind: "items", item };
}

export function filled(flag: number): JsonShape {
  return { kind: "filled", flag };
}

export function truthy(flag: number): JsonShape {
  return { kind: "truthy", flag };
}

/** @param words each word with its flag */
export function word(words: Readonly<Record<string, number>>): JsonShape {
  const entries = Object.entries(words).map(([text, flag]) => ({
    text: new TextEncoder().encode(text),
    flag,
  }));
  return { kind: "word", words: entries };
}

export function number(place: number): JsonShape {
  return { kind: "number", place };
}
