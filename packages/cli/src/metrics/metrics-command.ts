import { Command } from "commander";
import type { CommandContext } from "../command-context.ts";

/** `weir metrics`: what Prometheus and Grafana need to watch a server. */
export function createMetricsCommand(context: CommandContext): Command {
  const command = new Command("metrics").description("print alert rules and a dashboard for GET /metrics");

  command
    .command("rules")
    .description("print alert rules for Prometheus, as a file for its rule_files")
    .action(async () => {
      const [{ alertRules }, { describeRules }] = await Promise.all([
        import("./alert-rules.ts"),
        import("./describe-rules.ts"),
      ]);
      context.stdout.write(describeRules(alertRules));
    });

  command
    .command("dashboard")
    .description("print a dashboard for Grafana, as the JSON that it imports")
    .action(async () => {
      const [{ dashboardRows }, { describeDashboard }] = await Promise.all([
        import("./dashboard-panels.ts"),
        import("./describe-dashboard.ts"),
      ]);
      context.stdout.write(describeDashboard(dashboardRows));
    });

  return command;
}
