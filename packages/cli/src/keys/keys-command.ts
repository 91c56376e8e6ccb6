import { Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import type { CreateKeyFlags } from "./resolve-key-options.ts";

interface FileFlag {
  readonly file: string;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const fileOption = (): Option =>
  new Option("--file <file>", "the keys file, as weir serve --api-keys takes it")
    .default("keys.json")
    .env("WEIR_API_KEYS");

/** `weir keys`: who may use a server. A server that runs sees the change within a second. */
export function createKeysCommand(context: CommandContext): Command {
  const command = new Command("keys").description(
    "make, list and revoke the API keys of weir serve --api-keys",
  );

  command
    .command("create")
    .description(
      "make a key, put its hash into the file, and print it: it is not kept, and cannot be shown again",
    )
    .addOption(fileOption())
    .option("--name <text>", "whose it is, for people")
    .addOption(
      new Option(
        "--scope <scope>",
        "infer, metrics or admin, which includes both; repeatable (default: infer)",
      ).argParser(collect),
    )
    .option("--expires <days|time>", "when it stops working: 90d, or 2030-01-31 (default: never)")
    .option("--rate <number>", "requests a minute; 429 above (default: no limit)")
    .option("--max-jobs <number>", "requests under way at once; 429 above (default: no limit)")
    .option("--max-cost <tokens>", "tokens under way at once; 429 above (default: no limit)")
    .option("--weight <number>", "its part of the capacity relative to other keys (default: 1)")
    .action(async ({ file, ...flags }: CreateKeyFlags & FileFlag) => {
      const { createKey } = await import("./keys.ts");
      await createKey(file, flags, context);
    });

  command
    .command("list")
    .description("list the keys of the file, by what is known of them")
    .addOption(fileOption())
    .option("--json", "as JSON")
    .action(async ({ file, json }: FileFlag & { json?: true }) => {
      const { listKeys } = await import("./keys.ts");
      await listKeys(file, json === true, context);
    });

  command
    .command("revoke")
    .description("take a key out of the file")
    .argument("<id>", "the id that weir keys list shows, or the key itself")
    .addOption(fileOption())
    .action(async (id: string, { file }: FileFlag) => {
      const { revokeKey } = await import("./keys.ts");
      await revokeKey(file, id, context);
    });

  return command;
}
