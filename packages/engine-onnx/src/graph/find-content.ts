import type { OnnxFile } from "./onnx-file.ts";

/** They see of a value how long it is, which is the same for every text of a length. */
const shapeOperators: ReadonlySet<string> = new Set(["Shape", "Size"]);

/** Inputs that say of each place only whether there is a token, and the how manieth. */
function isContent(input: string): boolean {
  return input !== "attention_mask" && input !== "position_ids" && !input.startsWith("past_key_values.");
}

/**
 * The values of a graph that depend on which tokens a text has, not only on how many. Nothing is followed beyond the names in
 * `given`, as they are known otherwise.
 */
export function findContent(
  file: Pick<OnnxFile, "nodes" | "inputs" | "tensors">,
  given: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const content = new Set(file.inputs.filter((name) => !file.tensors.has(name) && isContent(name)));
  // Operators may be stored in any order.
  for (let before = -1; before !== content.size;) {
    before = content.size;
    for (const { domain, operator, inputs, innerInputs, outputs } of file.nodes) {
      if (domain === "" && shapeOperators.has(operator)) continue;
      if (![...inputs, ...innerInputs].some((name) => content.has(name))) continue;
      for (const name of outputs) if (name !== "" && !given.has(name)) content.add(name);
    }
  }
  return content;
}
