/**
 * A grammar as a tree without circles: what it allows always ends. `shared` nodes become rules of their own, and may stand
 * in several places.
 */
export type GrammarNode =
  | { readonly kind: "text"; readonly text: string }
  /** One character; `range` is what stands between the brackets of a GBNF class. */
  | { readonly kind: "class"; readonly range: string }
  | { readonly kind: "sequence"; readonly items: readonly GrammarNode[] }
  | { readonly kind: "choice"; readonly options: readonly GrammarNode[] }
  | { readonly kind: "repeat"; readonly item: GrammarNode; readonly min: number; readonly max: number }
  | { readonly kind: "shared"; readonly body: GrammarNode };

export function text(value: string): GrammarNode {
  return { kind: "text", text: value };
}

export function charClass(range: string): GrammarNode {
  return { kind: "class", range };
}

export function sequence(...items: readonly GrammarNode[]): GrammarNode {
  return { kind: "sequence", items };
}

/** At least one option. */
export function choice(options: readonly GrammarNode[]): GrammarNode {
  return options.length === 1 ? options[0]! : { kind: "choice", options };
}

export function repeat(item: GrammarNode, min: number, max: number): GrammarNode {
  return { kind: "repeat", item, min, max };
}

export function optional(item: GrammarNode): GrammarNode {
  return repeat(item, 0, 1);
}

export function shared(body: GrammarNode): GrammarNode {
  return { kind: "shared", body };
}

/** Characters of the shortest and of the longest text that a grammar allows. */
export interface GrammarSize {
  readonly min: number;
  readonly max: number;
}

export function measureGrammar(root: GrammarNode): GrammarSize {
  const known = new Map<GrammarNode, GrammarSize>();
  const measure = (node: GrammarNode): GrammarSize => {
    const found = known.get(node);
    if (found !== undefined) return found;
    const size = measureNode(node, measure);
    known.set(node, size);
    return size;
  };
  return measure(root);
}

function measureNode(node: GrammarNode, measure: (node: GrammarNode) => GrammarSize): GrammarSize {
  switch (node.kind) {
    case "text":
      return { min: node.text.length, max: node.text.length };
    case "class":
      return { min: 1, max: 1 };
    case "sequence": {
      const sizes = node.items.map(measure);
      return { min: sum(sizes.map(({ min }) => min)), max: sum(sizes.map(({ max }) => max)) };
    }
    case "choice": {
      const sizes = node.options.map(measure);
      return { min: Math.min(...sizes.map(({ min }) => min)), max: Math.max(...sizes.map(({ max }) => max)) };
    }
    case "repeat": {
      const { min, max } = measure(node.item);
      return { min: min * node.min, max: max * node.max };
    }
    case "shared":
      return measure(node.body);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
