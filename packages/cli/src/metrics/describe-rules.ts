import type { AlertRule } from "./alert-rules.ts";

/** The rules as a file for Prometheus' `rule_files`. Strings are written as JSON, which YAML reads. */
export function describeRules(rules: readonly AlertRule[]): string {
  const groups = (["critical", "warning"] as const).map((severity) => {
    const inGroup = rules.filter((rule) => rule.severity === severity);
    return `  - name: weir-${severity}\n    rules:\n${inGroup.map(describeRule).join("")}`;
  });
  return `# Alerts for Weir, from: weir metrics rules\ngroups:\n${groups.join("")}`;
}

function describeRule(rule: AlertRule): string {
  const lines = [
    `      - alert: ${rule.name}`,
    `        expr: ${JSON.stringify(rule.expression)}`,
    ...(rule.for === undefined ? [] : [`        for: ${rule.for}`]),
    "        labels:",
    `          severity: ${rule.severity}`,
    "        annotations:",
    `          summary: ${JSON.stringify(rule.summary)}`,
    `          description: ${JSON.stringify(rule.description)}`,
  ];
  return `${lines.join("\n")}\n`;
}
