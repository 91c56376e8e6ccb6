import type { OnnxFile } from "./onnx-file.ts";
import type { GraphNode } from "./parse-node.ts";

/** What is still needed of a graph when some operators are replaced. */
export interface Needed {
  readonly nodes: ReadonlySet<GraphNode>;
  readonly names: ReadonlySet<string>;
}

/**
 * Goes through the graph from its outputs to its inputs; ONNX Runtime would compute what nothing uses. `replaced` gives
 * for each operator that something else stands for the names which that uses.
 */
export function findNeeded(
  file: Pick<OnnxFile, "nodes" | "outputs">,
  replaced: ReadonlyMap<GraphNode, readonly string[]>,
): Needed {
  const names = new Set(file.outputs);
  const nodes = new Set<GraphNode>();
  // Operators are stored in an order in which each comes after those that it depends on.
  for (const node of file.nodes.toReversed()) {
    const replacement = replaced.get(node);
    if (replacement !== undefined) for (const name of replacement) names.add(name);
    else if (node.outputs.some((name) => names.has(name))) {
      nodes.add(node);
      for (const name of [...node.inputs, ...node.innerInputs]) names.add(name);
    }
  }
  return { nodes, names };
}
