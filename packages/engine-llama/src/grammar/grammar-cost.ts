import type { GrammarNode } from "./grammar-node.ts";

/** What a grammar costs llama.cpp. */
export interface GrammarCost {
  /** Parts of its rules, once repetitions are written out. */
  readonly parts: number;
  /** Most ways in which a text may go on at once: each token is tried against each. */
  readonly ways: number;
}

interface NodeCost {
  readonly parts: number;
  /** Ways to begin it. */
  readonly ways: number;
  readonly nullable: boolean;
}

/** Counts without writing anything out: grammars that could not be written are measured too. */
export function measureCost(root: GrammarNode): GrammarCost {
  const known = new Map<GrammarNode, NodeCost>();
  let sharedParts = 0;
  let mostWays = 0;
  const measure = (node: GrammarNode): NodeCost => {
    const found = known.get(node);
    if (found !== undefined) return found;
    const cost = costOf(node);
    known.set(node, cost);
    mostWays = Math.max(mostWays, cost.ways);
    return cost;
  };
  const costOf = (node: GrammarNode): NodeCost => {
    switch (node.kind) {
      case "text":
        return { parts: node.text.length, ways: 1, nullable: node.text === "" };
      case "class":
        return { parts: 1, ways: 1, nullable: false };
      case "choice": {
        const costs = node.options.map(measure);
        return { ...add(costs), nullable: costs.some(({ nullable }) => nullable) };
      }
      case "sequence": {
        const costs = node.items.map(measure);
        const { parts } = add(costs);
        // What stands after something that may be left out can come at once.
        let entry: number | undefined;
        let run = 0;
        for (const { ways, nullable } of costs) {
          run += ways;
          mostWays = Math.max(mostWays, run);
          if (nullable) continue;
          entry ??= run;
          run = 0;
        }
        return { parts, ways: entry ?? Math.max(1, run), nullable: entry === undefined };
      }
      case "repeat": {
        const item = measure(node.item);
        return {
          parts: item.parts + writtenRepeats(node.max),
          ways: item.nullable ? item.ways * Math.max(1, node.max) : item.ways,
          nullable: node.min === 0 || item.nullable,
        };
      }
      case "shared": {
        const body = measure(node.body);
        sharedParts += body.parts;
        return { ...body, parts: 1 };
      }
    }
  };
  const { parts } = measure(root);
  return { parts: parts + sharedParts, ways: mostWays };
}

/** As `encodeGbnf` has them: long ones are blocks of a hundred. */
function writtenRepeats(most: number): number {
  return most <= 400 ? most : 200 + most / 100;
}

function add(costs: readonly NodeCost[]): { readonly parts: number; readonly ways: number } {
  let parts = 0;
  let ways = 0;
  for (const cost of costs) {
    parts += cost.parts;
    ways += cost.ways;
  }
  return { parts, ways };
}
