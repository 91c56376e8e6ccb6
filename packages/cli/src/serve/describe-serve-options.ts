import { describeDefault } from "./describe-default.ts";
import { serveOptionNames, serveOptions, toFlag, toVariable } from "./serve-options.ts";
import type { ServeOptionName } from "./serve-settings.ts";

/** The page `docs/reference/serve-options.md`: every option of `weir serve`, and the three ways to give it. */
export function describeServeOptions(): string {
  const groups = [...new Set(serveOptionNames.map((name) => serveOptions[name].group))];
  return `# Options of weir serve

Each option is a flag, an environment variable and a key of the configuration file. A flag beats the variable, which
beats the file, which beats the default. This page is generated from the table in
\`packages/cli/src/serve/serve-options.ts\`.

\`\`\`ts
// weir.config.ts
import { defineConfig } from "@weir/cli";

export default defineConfig({
  serve: {
    model: ["mini=./models/all-MiniLM-L6-v2"],
    replicas: "auto",
    apiKeys: "./keys.json",
    startTimeout: "2m",
  },
});
\`\`\`

The file is \`weir.config.ts\`, \`.mts\`, \`.js\`, \`.mjs\`, \`.cjs\` or \`.json\` in the folder where the command runs, or what
\`--config\` (\`WEIR_CONFIG\`) names. Paths in it that start with a dot count from its own folder. What may be repeated as a
flag is a list in the file, and has commas between its values in a variable.

${groups.map(describeGroup).join("\n\n")}

\`WEIR_LAUNCH_TOKEN\`, where set, is what \`POST /shutdown\` has to be shown, and opens \`/admin\` without a key.
`;
}

function describeGroup(group: string): string {
  const names = serveOptionNames.filter((name) => serveOptions[name].group === group);
  return `## ${group}\n\n${names.map(describeOption).join("\n\n")}`;
}

function describeOption(name: ServeOptionName): string {
  const { kind, description } = serveOptions[name];
  const value = kind.placeholder === undefined ? "" : ` <${kind.placeholder}>`;
  const absent = describeDefault(name);
  const sentence = description.charAt(0).toUpperCase() + description.slice(1);
  const facts = [
    `\`${toVariable(name)}\``,
    `\`${name}\``,
    ...(absent === undefined ? [] : [`default \`${absent}\``]),
    ...(kind.placeholder === "time" ? ["such as 500ms, 30s, 2m"] : []),
  ];
  return `### \`${toFlag(name)}${value}\`\n\n${sentence}.\n\n${facts.join(" · ")}`;
}
