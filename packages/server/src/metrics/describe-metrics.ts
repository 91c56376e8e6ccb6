import type { Registry } from "prom-client";

/** The metrics as a page of the reference: name, type, labels, meaning. */
export async function describeMetrics(registry: Registry): Promise<string> {
  const rows: string[][] = [];
  for (const metric of registry.getMetricsAsArray()) {
    // The public type leaves the label names out.
    const { labelNames = [] } = metric as { labelNames?: readonly string[] };
    const labels = labelNames.map((label) => `\`${label}\``).join(", ");
    const { type } = await registry.getSingleMetric(metric.name)!.get();
    rows.push([`\`${metric.name}\``, String(type), labels, metric.help.replaceAll("|", "\\|")]);
  }
  const head = ["metric", "type", "labels", "meaning"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  return [
    "# Metrics\n\n",
    "Generated from the registry of a server; a test keeps the two equal. `GET /metrics` answers in Prometheus' text\n",
    "format. With API keys it takes one with the scope `metrics`. [Operations](../guides/operations.md) has what to watch.\n\n",
    line(head),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    "\nLabels are bounded: `route` is a route's pattern or `other`, `model` a served model's name or empty, and keys, texts\n",
    "and paths are never labels.\n",
  ].join("");
}
