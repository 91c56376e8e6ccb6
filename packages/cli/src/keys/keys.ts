import { stat } from "node:fs/promises";
import { WeirError } from "@weir/protocol";
import { createApiKey, readKeysFile, writeKeysFile, type ApiKeyRecord } from "@weir/server";
import type { CommandContext } from "../command-context.ts";
import { layOutTable } from "../console/text-table.ts";
import { resolveKeyOptions, type CreateKeyFlags } from "./resolve-key-options.ts";

/** The key alone goes to stdout, so that it can be piped to where it is kept. */
export async function createKey(file: string, flags: CreateKeyFlags, context: CommandContext): Promise<void> {
  const { key, record } = createApiKey(resolveKeyOptions(flags, Date.now()));
  const exists = (await stat(file).catch(() => undefined)) !== undefined;
  await writeKeysFile(file, [...(exists ? await readKeysFile(file) : []), record]);
  context.stderr.write(
    `key ${record.id} (${record.scopes.join(", ")}) is in ${file}; this is the only time it is shown:\n`,
  );
  context.stdout.write(`${key}\n`);
}

export async function listKeys(file: string, json: boolean, { stdout }: CommandContext): Promise<void> {
  const keys = (await readKeysFile(file)).map(toListed);
  if (json) {
    stdout.write(`${JSON.stringify({ file, keys }, null, 2)}\n`);
    return;
  }
  const rows = [["id", "name", "scopes", "expires", "limits"], ...keys.map(toRow)];
  stdout.write(keys.length === 0 ? `${file} has no keys\n` : `${layOutTable(rows).join("\n")}\n`);
}

export async function revokeKey(file: string, id: string, { stderr }: CommandContext): Promise<void> {
  const keys = await readKeysFile(file);
  const wanted = /^weir_([0-9a-f]{12})_/.exec(id)?.[1] ?? id;
  const kept = keys.filter((key) => key.id !== wanted);
  if (kept.length === keys.length) {
    throw new WeirError("USAGE", describeUnknown(file, keys, id, wanted));
  }
  await writeKeysFile(file, kept);
  stderr.write(`key ${wanted} is revoked; servers that read ${file} refuse it within a second\n`);
}

function describeUnknown(file: string, keys: readonly ApiKeyRecord[], given: string, wanted: string): string {
  // What looks like a key, or is as long as one, may be a secret: it is not repeated.
  const got =
    wanted !== given
      ? `a key with the id ${wanted}, which is none of them`
      : given.length <= 20 && !given.startsWith("weir_")
        ? JSON.stringify(given)
        : `something of ${given.length} characters`;
  if (keys.length === 0) return `${file}: expected the id of one of its keys, but it has none; got ${got}`;
  const shown = keys.slice(0, mostShown).map(({ id, name }) => (name === "" ? id : `${id} (${name})`));
  const more = keys.length > mostShown ? ` and ${keys.length - mostShown} more` : "";
  return `${file}: expected the id of one of its keys, ${shown.join(", ")}${more}; got ${got}. weir keys list --file ${file} says more of them`;
}

/** So many keys a message names. */
const mostShown = 10;

type ListedKey = Omit<ApiKeyRecord, "hash">;

/** Everything but the hash, which is of no use to who reads it. */
function toListed({ id, name, scopes, createdAt, expiresAt, limits }: ApiKeyRecord): ListedKey {
  return {
    id,
    name,
    scopes,
    createdAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(limits === undefined ? {} : { limits }),
  };
}

function toRow({ id, name, scopes, expiresAt, limits = {} }: ListedKey): string[] {
  const bounds = Object.entries(limits).map(([limit, value]) => `${limit} ${value}`);
  return [id, name, scopes.join(", "), expiresAt ?? "never", bounds.join(", ")];
}
