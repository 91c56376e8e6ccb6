import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { allCommands, createProgram } from "../create-program.ts";

/** Width of the page's help, in characters. */
const columns = 110;

/** The page `docs/reference/commands.md`: the help of every command, as it is printed. */
export function describeCommands(context: CommandContext): string {
  const program = createProgram(context);
  const commands = allCommands(program).slice(1);
  return `# Commands

What \`weir COMMAND --help\` prints. This page is generated; a test keeps it and the commands equal. The options of
\`weir serve\` have [a page of their own](serve-options.md).

${commands.map((command) => `- [${nameOf(command)}](#${nameOf(command).replaceAll(" ", "-")}): ${command.description()}`).join("\n")}

${commands.map(describeCommand).join("\n\n")}
`;
}

function describeCommand(command: Command): string {
  const title = `## ${nameOf(command)}`;
  if (command.name() === "serve")
    return `${title}\n\n${command.description()}: [its options](serve-options.md).`;
  return `${title}\n\n\`\`\`\n${readHelp(command).trim()}\n\`\`\``;
}

function nameOf(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) names.unshift(each.name());
  return names.join(" ");
}

/** With what stands before and after it: examples, exit codes. */
function readHelp(command: Command): string {
  let help = "";
  command.configureOutput({
    writeOut: (text) => (help += text),
    getOutHelpWidth: () => columns,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return help;
}
