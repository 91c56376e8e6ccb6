import type { ModelInputs } from "@weir/protocol";

/** What is tokenised in one go: little enough that the thread, which also feeds the engine, is never away for long. */
const rowsAtOnce = 32;
const sizeAtOnce = 32_768;

/** How far one step of tokenising goes: at least one input. */
export function findStep(inputs: ModelInputs, from: number, count: number): number {
  let size = 0;
  let to = from;
  while (to < count && to - from < rowsAtOnce) {
    size += sizeOf(inputs, to);
    if (to > from && size > sizeAtOnce) break;
    to++;
  }
  return to;
}

/** In characters or token ids. */
function sizeOf(inputs: ModelInputs, index: number): number {
  if (inputs.kind === "texts") return inputs.texts[index]!.length;
  if (inputs.kind === "tokens") return inputs.tokens[index]!.length;
  const [first, second = ""] = inputs.sequences[index]!;
  return first.length + second.length;
}
