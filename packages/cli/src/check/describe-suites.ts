import type { Suite } from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { wrapWords } from "../console/visible-text.ts";
import { describeSetting, ownFlags } from "./resolve-settings.ts";

const widest = 100;

/** The suites that there are, and what may be set of each. */
export function describeSuites(suites: readonly Suite[], paint: Paint, columns: number = widest): string {
  const room = Math.min(columns, widest) - 4;
  const lines = suites.flatMap((suite) => [
    `${paint.bold(suite.name)}  ${paint.dim(`about ${suite.takes}${describeKind(suite)}`)}`,
    ...wrapWords(suite.description, room).map((line) => `  ${line}`),
    ...Object.entries(suite.settings ?? {}).flatMap(([name, setting]) =>
      wrapWords(
        `${describeFlag(name, describeSetting(setting, setting.default))}: ${setting.description}`,
        room - 2,
      ).map((line, place) => paint.dim(`${place === 0 ? "    " : "      "}${line}`)),
    ),
    "",
  ]);
  return `${lines.join("\n")}A suite of your own is a file: weir check suite.ts URL\n`;
}

function describeKind({ workload = "any" }: Suite): string {
  return workload === "any" ? "" : `, ${workload}`;
}

function describeFlag(name: string, value: string): string {
  return ownFlags.includes(name) ? `--${name} ${value}` : `--set ${name}=${value}`;
}
