import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { alertRules } from "./alert-rules.ts";
import { dashboardRows } from "./dashboard-panels.ts";
import { createMetricsCommand } from "./metrics-command.ts";
import { describeRuleTests } from "./fixtures/rule-tests.ts";

const run = promisify(execFile);
const promtool = await run("promtool", ["--version"]).then(
  () => true,
  () => false,
);
const why = promtool ? "" : " (skipped: promtool, of Debian's package prometheus, is not installed)";

/** What Prometheus adds, and what a histogram has beside its own labels. */
const otherLabels: readonly string[] = ["job", "instance", "le"];

let directory: string;
let known: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-metrics-"));
  known = await readKnownMetrics();
});
afterAll(() => rm(directory, { recursive: true }));

async function print(name: "rules" | "dashboard"): Promise<string> {
  const { context, written } = createTestContext();
  await createMetricsCommand(context).exitOverride().parseAsync([name], { from: "user" });
  return written.stdout;
}

/** Names and labels, from the reference, which a test of the server keeps equal to what a server exports. */
async function readKnownMetrics(): Promise<ReadonlyMap<string, readonly string[]>> {
  const page = await readFile(new URL("../../../../docs/reference/metrics.md", import.meta.url), "utf8");
  const metrics = new Map<string, readonly string[]>();
  for (const row of page.matchAll(/^\| `(\w+)` +\| (\w+) +\| ([^|]*)\|/gm)) {
    const [, name, type, cell] = row;
    const labels = [...cell!.matchAll(/`(\w+)`/g)].map((match) => match[1]!);
    const endings = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    for (const ending of endings) metrics.set(name! + ending, labels);
  }
  return metrics;
}

/** Names and labels in a query that no server has. */
function findUnknown(expression: string): readonly string[] {
  const names = [...expression.matchAll(/\b(?:weir|process|nodejs)_\w+/g)].map(([name]) => name);
  if (names.length === 0) return [`no metric in ${expression}`];
  const allowed = new Set([...otherLabels, ...names.flatMap((name) => known.get(name) ?? [])]);
  const matched = [...expression.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map((match) => match[1]!);
  const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap((match) => match[1]!.split(/, */));
  return [
    ...names.filter((name) => !known.has(name)),
    ...[...matched, ...grouped].filter((label) => !allowed.has(label)),
  ];
}

async function check(name: string, text: string, ...how: readonly string[]): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, text);
  const { stdout } = await run("promtool", [...how, file]);
  return stdout;
}

describe("weir metrics rules", () => {
  it("asks only for metrics and labels that a server has", () => {
    expect(alertRules.flatMap(({ expression }) => findUnknown(expression))).toEqual([]);
  });

  it.skipIf(!promtool)(`is what promtool check rules accepts${why}`, async () => {
    const answer = await check("rules.yaml", await print("rules"), "check", "rules", "--lint-fatal");
    expect(answer).toContain(`${alertRules.length} rules found`);
  });

  it.skipIf(!promtool)(`fires when it should and not before${why}`, async () => {
    await writeFile(join(directory, "weir.yaml"), await print("rules"));
    expect(await check("tests.yaml", describeRuleTests("weir.yaml"), "test", "rules")).toContain("SUCCESS");
  });
});

describe("weir metrics dashboard", () => {
  const expressions = dashboardRows.flatMap((row) =>
    row.panels.flatMap((panel) => panel.queries.map(([expression]) => expression)),
  );

  it("asks only for metrics and labels that a server has", () => {
    expect(expressions.flatMap(findUnknown)).toEqual([]);
  });

  it("has every query in a panel of its own place", async () => {
    interface PrintedPanel {
      readonly id: number;
      readonly gridPos: { readonly x: number; readonly y: number };
      readonly targets?: readonly { readonly expr: string }[];
    }
    const { panels } = JSON.parse(await print("dashboard")) as { panels: readonly PrintedPanel[] };
    expect(panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))).toEqual(expressions);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos }) => `${gridPos.x},${gridPos.y}`)).size).toBe(panels.length);
  });

  it.skipIf(!promtool)(`has queries that Prometheus reads${why}`, async () => {
    const rules = expressions.map((expression, index) => {
      const filled = expression.replaceAll("$__rate_interval", "1m").replace(/\$(job|instance)/g, ".*");
      return `      - record: panel:${index}\n        expr: ${JSON.stringify(filled)}\n`;
    });
    const file = `groups:\n  - name: panels\n    rules:\n${rules.join("")}`;
    const answer = await check("panels.yaml", file, "check", "rules");
    expect(answer).toContain(`${expressions.length} rules found`);
  });
});
