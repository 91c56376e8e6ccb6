import { storeViews } from "../store/query/store-views.ts";
import { alignTable } from "./align-table.ts";

/** The page `docs/reference/run-columns.md`: the views of `weir runs query` and their columns. */
export function describeViews(): string {
  const sections = storeViews.map(({ name, meaning, columns }) => {
    const rows = columns.map((column) => [`\`${column.name}\``, column.type, column.meaning]);
    return `## ${name}\n\n${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.\n\n${alignTable(["column", "type", "meaning"], rows)}`;
  });
  return `# Columns of runs

What \`weir runs query\` can be asked of, as \`weir runs query --schema\` prints it. Those of \`runs\` are also the columns of
\`weir runs --format csv\` and \`--format json\`, but for \`record\`. A figure that a run does not have is null. Columns are added, never
renamed or removed.

${sections.join("\n\n")}
`;
}
