import { presets } from "./presets.ts";

/** The presets for people: what each does, what runs of it are compared by, and where it comes from. */
export function describePresets(columns = 100): string {
  const width = Math.max(...presets.map(({ name }) => name.length)) + 2;
  const described = presets.map(({ name, origin, shape, metric }) => {
    const lines = [shape, ...(metric === undefined ? [] : [`compared by: ${metric}`]), `origin: ${origin}`]
      .flatMap((line) => wrap(line, columns - width))
      .map((line, at) => `${(at === 0 ? name : "").padEnd(width)}${line}\n`);
    return lines.join("");
  });
  return described.join("\n");
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
