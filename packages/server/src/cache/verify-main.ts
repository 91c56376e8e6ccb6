/**
 * Reads a whole cache file in a process of its own: what damage makes of LMDB's pages can end the process that reads
 * them. Prints a {@link FileVerdict} as JSON.
 */
import { open } from "lmdb";
import { diskKeyBytes, isSound, schemaKey, schemaText } from "./entry-format.ts";
import type { FileVerdict } from "./verify-file.ts";

function verify(path: string): FileVerdict {
  const database = open<Buffer, Buffer>({ path, readOnly: true, encoding: "binary", keyEncoding: "binary" });
  const schema = database.getBinary(schemaKey)?.toString();
  if (schema !== schemaText) {
    const found = schema === undefined ? "nothing that says so" : JSON.stringify(schema.slice(0, 60));
    return {
      kind: "foreign",
      reason: `expected a file that says ${JSON.stringify(schemaText)}, got ${found}`,
    };
  }
  let entries = 0;
  for (const { key, value } of database.getRange({ snapshot: true })) {
    if (Buffer.compare(key, schemaKey) === 0) continue;
    if (key.length !== diskKeyBytes || !isSound(key, value)) {
      return { kind: "damaged", reason: `an entry is not as it was written, after ${entries} that are` };
    }
    entries++;
  }
  const { entryCount } = database.getStats() as { readonly entryCount: number };
  return entryCount === entries + 1
    ? { kind: "sound", entries }
    : { kind: "damaged", reason: `the file counts ${entryCount - 1} entries and has ${entries}` };
}

let verdict: FileVerdict;
try {
  verdict = verify(process.argv[2]!);
} catch (error) {
  verdict = { kind: "damaged", reason: error instanceof Error ? error.message : String(error) };
}
process.stdout.write(JSON.stringify(verdict));
