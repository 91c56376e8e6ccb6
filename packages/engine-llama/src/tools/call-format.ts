import type { ToolStyle } from "../template/chat-family.ts";

/** The marks around calls, as the parser of answers needs them. */
export interface CallFormat {
  /** Texts that a call, or a list of them, begins with. */
  readonly openers: readonly string[];
  /** What ends a call after its object; undefined where nothing does. */
  readonly closer: string | undefined;
  /** An answer may begin with the object itself. */
  readonly bare: boolean;
  /** Calls may stand in a list, `[{...}, {...}]`. */
  readonly listed: boolean;
  /** Between a name and its arguments, where the name stands outside of the JSON. */
  readonly namedBy: string | undefined;
}

const hermes: CallFormat = {
  openers: ["<tool_call>"],
  closer: "</tool_call>",
  bare: false,
  listed: false,
  namedBy: undefined,
};

/** Mistral's later models write `[TOOL_CALLS]name[ARGS]{...}`, the earlier ones a list: both are read of both. */
const mistral: CallFormat = {
  openers: ["[TOOL_CALLS]"],
  closer: undefined,
  bare: false,
  listed: true,
  namedBy: "[ARGS]",
};

const llama: CallFormat = {
  openers: ["<|python_tag|>"],
  closer: undefined,
  bare: true,
  listed: false,
  namedBy: undefined,
};

export function callFormatOf(style: ToolStyle): CallFormat {
  switch (style) {
    case "hermes":
    case "prompted":
      return hermes;
    case "mistral":
    case "mistral-args":
      return mistral;
    case "llama":
      return llama;
  }
}
