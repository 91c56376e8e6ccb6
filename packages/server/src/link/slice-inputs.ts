import type { ModelInputs } from "@weir/protocol";

/** The inputs from `from` up to but not including `to`. */
export function sliceInputs(inputs: ModelInputs, from: number, to: number): ModelInputs {
  switch (inputs.kind) {
    case "texts":
      return { kind: "texts", texts: inputs.texts.slice(from, to) };
    case "tokens":
      return { kind: "tokens", tokens: inputs.tokens.slice(from, to) };
    case "sequences":
      return { kind: "sequences", sequences: inputs.sequences.slice(from, to) };
  }
}
