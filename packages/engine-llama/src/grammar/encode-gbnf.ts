import type { GrammarNode } from "./grammar-node.ts";

/** llama.cpp writes a repetition out, once for each time: longer ones are made of blocks of this many. */
const blockLength = 100;

/** The grammar in llama.cpp's notation (its `grammars/README.md`). */
export function encodeGbnf(root: GrammarNode): string {
  const names = new Map<GrammarNode, string>();
  const rules: string[] = [];
  const nameOf = (node: GrammarNode): string => {
    const known = names.get(node);
    if (known !== undefined) return known;
    const name = `r${names.size + 1}`;
    names.set(node, name);
    rules.push(`${name} ::= ${encode(node.kind === "shared" ? node.body : node, nameOf)}`);
    return name;
  };
  const start = encode(root, nameOf);
  return [`root ::= ${start}`, ...rules, ""].join("\n");
}

function encode(node: GrammarNode, nameOf: (node: GrammarNode) => string): string {
  switch (node.kind) {
    case "text":
      return `"${escapeText(node.text)}"`;
    case "class":
      return `[${node.range}]`;
    case "sequence": {
      const items = node.items.filter((item) => item.kind !== "text" || item.text !== "");
      return items.length === 0
        ? '""'
        : items.map((item) => group(encode(item, nameOf), item.kind === "choice")).join(" ");
    }
    case "choice":
      return node.options.map((option) => encode(option, nameOf)).join(" | ");
    case "repeat":
      return encodeRepeat(node.item, node.min, node.max, nameOf);
    case "shared":
      return nameOf(node);
  }
}

function encodeRepeat(
  item: GrammarNode,
  min: number,
  max: number,
  nameOf: (node: GrammarNode) => string,
): string {
  if (max === 0) return '""';
  const simple = item.kind === "class" || item.kind === "shared";
  const once = group(encode(item, nameOf), !simple);
  if (max <= 4 * blockLength) return min === 1 && max === 1 ? once : `${once}{${min},${max}}`;
  // A name for what is repeated, or each copy of a block would hold its text.
  const unit = simple ? once : nameOf(item);
  const blocks = (times: number, least: number): string => `(${unit}{${blockLength}}){${least},${times}}`;
  const lead = Math.floor(min / blockLength);
  const parts: string[] = [];
  if (lead > 0) parts.push(blocks(lead, lead));
  if (min % blockLength > 0) parts.push(`${unit}{${min % blockLength}}`);
  const open = max - min;
  const rest = open % blockLength;
  if (open < blockLength) parts.push(`${unit}{0,${open}}`);
  else {
    // Up to the last block's end in blocks, then less than one more.
    const times = Math.floor(open / blockLength) - (rest === blockLength - 1 ? 0 : 1);
    if (times > 0) parts.push(blocks(times, 0));
    parts.push(`${unit}{0,${open - times * blockLength}}`);
  }
  return parts.join(" ");
}

function group(text: string, needed: boolean): string {
  return needed ? `(${text})` : text;
}

function escapeText(value: string): string {
  return Array.from(value, (char) => {
    if (char === "\n") return "\\n";
    if (char === '"' || char === "\\") return `\\${char}`;
    if (char >= " " && char !== "\x7F") return char;
    return `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
