import type { ChatPrompt } from "@weir/load";

/** Prompts to send, and where they come from. */
export interface PromptSet {
  /** For people: a file's path, or that they are made up. */
  readonly source: string;
  /** At least one. */
  readonly prompts: readonly ChatPrompt[];
}
