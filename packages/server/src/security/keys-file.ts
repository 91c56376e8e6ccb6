import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { WeirError } from "@weir/protocol";
import type { ApiKeyRecord, KeyLimits } from "./api-key.ts";
import { scopes, type Scope } from "./scopes.ts";

/** A keys file that is missing or wrong: USAGE, with every problem in one message. */
export async function readKeysFile(path: string): Promise<readonly ApiKeyRecord[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    const message = `${path}: expected a keys file, but it cannot be read (${why}). weir keys create --file ${path} makes one.`;
    throw new WeirError("USAGE", message, { cause: error });
  }
  return parseKeysFile(text, path);
}

/** Replaces the file in one step, so that a server that reads it meanwhile sees the old keys or the new ones. */
export async function writeKeysFile(path: string, keys: readonly ApiKeyRecord[]): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, encodeKeysFile(keys), { mode: 0o600, flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new WeirError("USAGE", `${path}: cannot be written (${(error as Error).message})`, {
      cause: error,
    });
  }
}

export function encodeKeysFile(keys: readonly ApiKeyRecord[]): string {
  return `${JSON.stringify({ version: 1, keys }, null, 2)}\n`;
}

/** `{ "version": 1, "keys": [ApiKeyRecord] }`. `from` names the file in messages. Throws USAGE. */
export function parseKeysFile(text: string, from: string): readonly ApiKeyRecord[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new WeirError("USAGE", `${from}: not valid JSON (${(error as Error).message})`, { cause: error });
  }
  const { version, keys } = isObject(parsed) ? parsed : {};
  if (version !== 1 || !Array.isArray(keys)) {
    throw new WeirError(
      "USAGE",
      `${from}: expected {"version": 1, "keys": [...]}, as weir keys create writes it`,
    );
  }
  const problems: string[] = [];
  const ids = new Set<string>();
  keys.forEach((key: unknown, index) => {
    const where = `${from}: keys[${index}]`;
    if (!isObject(key)) problems.push(`${where}: expected an object`);
    else {
      problems.push(...checkRecord(key).map((problem) => `${where}.${problem}`));
      const id = String(key["id"]);
      if (ids.has(id)) problems.push(`${where}.id: two keys have the id ${id}`);
      ids.add(id);
    }
  });
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
  return keys as ApiKeyRecord[];
}

function checkRecord(key: Readonly<Record<string, unknown>>): string[] {
  const problems: string[] = [];
  const expect = (field: string, holds: boolean, what: string): void => {
    // Its value is not shown: it may be a key that somebody pasted into the wrong place.
    if (!holds) problems.push(`${field}: expected ${what}`);
  };
  const { id, name, hash, scopes: held, createdAt, expiresAt, limits } = key;
  expect("id", typeof id === "string" && /^[0-9a-f]{12}$/.test(id), "twelve hexadecimal digits");
  expect("name", typeof name === "string", "a string");
  expect(
    "hash",
    typeof hash === "string" && /^sha256:[0-9a-f]{64}$/.test(hash),
    "sha256: and 64 hexadecimal digits",
  );
  expect(
    "scopes",
    Array.isArray(held) && held.length > 0 && held.every((scope) => scopes.includes(scope as Scope)),
    `a list of ${scopes.join(", ")}`,
  );
  expect("createdAt", isTime(createdAt), "a time such as 2030-01-31T12:00:00Z");
  expect("expiresAt", expiresAt === undefined || isTime(expiresAt), "a time such as 2030-01-31T12:00:00Z");
  expect("limits", limits === undefined || isObject(limits), "an object");
  if (isObject(limits)) {
    const {
      requestsPerMinute,
      maxJobs,
      maxCost,
      weight,
      ...others
    }: Partial<Record<keyof KeyLimits, unknown>> = limits;
    for (const [field, value] of Object.entries({ requestsPerMinute, maxJobs })) {
      expect(
        `limits.${field}`,
        value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1),
        "a whole number of 1 or more",
      );
    }
    for (const [field, value] of Object.entries({ maxCost, weight })) {
      expect(
        `limits.${field}`,
        value === undefined || (Number.isFinite(value) && (value as number) > 0),
        "a number above 0",
      );
    }
    // A limit with its name misspelt would be no limit.
    for (const field of Object.keys(others))
      expect(`limits.${field}`, false, "requestsPerMinute, maxJobs, maxCost or weight");
  }
  return problems;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
