import type { DataTable } from "./data-table.ts";
import { showCells } from "./show-cells.ts";

/** A table as GitHub's Markdown. */
export function encodeMarkdownTable(table: DataTable): string {
  const [headings = [], ...rows] = showCells(table);
  const rule = table.columns.map(({ align }, place) => (place === 0 || align === "left" ? "---" : "---:"));
  const title = table.title === null ? "" : `**${escapeMarkdown(table.title)}**\n\n`;
  return (
    title +
    [headings.map(escapeMarkdown), rule, ...rows.map((row) => row.map(escapeMarkdown))]
      .map((cells) => `| ${cells.join(" | ")} |\n`)
      .join("")
  );
}

/** A text so that Markdown shows it as it is, on one line: names and addresses come from outside. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\|<>*_`[\]]/g, String.raw`\$&`).replaceAll(/\s+/g, " ");
}
