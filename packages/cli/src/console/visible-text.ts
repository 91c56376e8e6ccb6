const escape = "\u001B";
const paintCode = `${escape}\\[[0-9;]*m`;
const paintCodes = new RegExp(paintCode, "g");
const keepPaintCodes = new RegExp(`(${paintCode})`);

/** Columns that a text takes on a terminal, colours not counted. Weir prints no wide characters of its own. */
export function visibleWidth(text: string): number {
  return Array.from(text.replaceAll(paintCodes, "")).length;
}

/** Cuts a text to this many columns, with an ellipsis where something is missing. Colours end where they were cut. */
export function cutToWidth(text: string, columns: number): string {
  if (visibleWidth(text) <= columns) return text;
  let cut = "";
  let width = 0;
  for (const part of text.split(keepPaintCodes)) {
    if (part.startsWith("\u001B[")) {
      cut += part;
      continue;
    }
    const room = Math.max(0, columns - 1 - width);
    const characters = Array.from(part);
    cut += characters.slice(0, room).join("");
    width += Math.min(room, characters.length);
  }
  return columns > 0 ? `${cut}…` : cut;
}

/** Foreign text (an error body, a server's message) on one line, without control characters, at most `characters` long. */
export function quoteForeign(text: string, characters: number): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > characters ? `${line.slice(0, characters - 1)}…` : line;
}

/** Breaks a text between words into lines of this many columns at most; a longer word has a line of its own. */
export function wrapWords(text: string, columns: number): string[] {
  if (visibleWidth(text) <= columns) return [text];
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && visibleWidth(line) + 1 + visibleWidth(word) <= columns)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
