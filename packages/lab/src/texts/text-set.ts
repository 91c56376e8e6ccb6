/** Texts to send, and where they come from. */
export interface TextSet {
  /** For people: a folder's path, or that they are the built-in ones. */
  readonly source: string;
  /** At least one, none empty. */
  readonly texts: readonly string[];
}
