/** A token that stands for itself and is never found by merges. */
export interface SpecialToken {
  readonly text: string;
  /**
   * `control` marks are in no text, neither a user's nor an answer's; `tag` ones are (llama.cpp finds them in a user's words
   * too), and whoever reads the answer takes them apart.
   */
  readonly kind: "control" | "tag";
}

/** In the order of their ids, which begin at 0. */
export const specialTokens: readonly SpecialToken[] = [
  { text: "<|endoftext|>", kind: "control" },
  { text: "<|im_start|>", kind: "control" },
  { text: "<|im_end|>", kind: "control" },
  { text: "<tool_call>", kind: "tag" },
  { text: "</tool_call>", kind: "tag" },
  { text: "<tool_response>", kind: "tag" },
  { text: "</tool_response>", kind: "tag" },
  { text: "<tools>", kind: "tag" },
  { text: "</tools>", kind: "tag" },
  { text: "<think>", kind: "tag" },
  { text: "</think>", kind: "tag" },
];

/** Throws RangeError for a text that is none of them. */
export function getSpecialToken(text: string): number {
  const id = specialTokens.findIndex((token) => token.text === text);
  if (id < 0) throw new RangeError(`${text} is no special token`);
  return id;
}
